"""Views of references: uploads, and the library."""
