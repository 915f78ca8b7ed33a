"""A stand-in server that speaks WeCom's HTTP API, in its own process."""
