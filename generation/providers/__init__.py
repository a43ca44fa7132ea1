"""Whoever makes images for us: how they are called, and how they are doing."""
