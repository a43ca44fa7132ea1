"""Studio's page, and the requests that it makes."""
