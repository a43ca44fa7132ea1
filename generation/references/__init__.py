"""Reference images: the library, and import by link."""
