"""References: uploads and the library."""
