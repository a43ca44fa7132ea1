"""Pages of styles."""
