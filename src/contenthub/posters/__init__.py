"""Poster templates and the engine that draws one for every employee."""
