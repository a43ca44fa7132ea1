"""The SQL of the gallery: what `migrate` installs."""

INSTALLED = ("words", "wording")
"""Files of functions and triggers; see `config.schema.sql_files`."""
