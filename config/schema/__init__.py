"""Functions and triggers in the database, which `migrate` installs."""
