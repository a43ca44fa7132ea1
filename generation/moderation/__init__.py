"""Moderation: our own check, refusals of prompts and images, and appeals."""
