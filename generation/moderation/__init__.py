"""Prompts and images that are refused, and appeals against it."""
