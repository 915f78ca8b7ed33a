"""JSON endpoints under /api/v1, one file a noun."""
