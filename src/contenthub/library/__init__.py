"""Four libraries of typed, reviewed content and the rules it must keep."""
