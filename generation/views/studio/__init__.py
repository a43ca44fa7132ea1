"""Studio, and what it asks for while it is open."""
