"""The pages of styles."""
