"""What Studio's pages show."""
