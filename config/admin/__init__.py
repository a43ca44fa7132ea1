"""The operators' admin: its site, menu and dashboard."""
