"""Bodies and answers of the REST API, one module for each resource."""
