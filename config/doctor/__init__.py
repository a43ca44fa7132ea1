"""What `manage.py doctor` looks at: everything that an installation needs, each with a sentence and a cure."""
