"""Kits 内容包: what a parent bank publishes to its members or ships, and what was taken over."""
