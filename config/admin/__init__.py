"""The operators' console: its site, its menu and its dashboard."""
