"""The pages of accounts and workspaces."""
