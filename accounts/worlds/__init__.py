"""Test worlds of workspaces, and how the row of a workspace gets its slug."""
