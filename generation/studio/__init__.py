"""Contents of Studio's pages."""
