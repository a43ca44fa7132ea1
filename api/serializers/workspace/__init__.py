"""Representations of the workspace, its members and tokens, and of what they may spend."""
