"""Pages for developers: what the API has, for people."""
