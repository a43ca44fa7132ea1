"""The SQL of accounts: what `migrate` installs."""

INSTALLED = ("audit_append_only",)
"""Files of functions and triggers; see `config.schema.sql_files`."""
