"""Workspaces, their names, their members and invitations to them."""
