"""The house: many banks share content, posters and pushes; see docs/decisions for its walls."""
