"""A partner's own customers: made, funded, suspended and closed."""
