"""The workspace, its members and tokens, and what they may spend."""
