"""Django's own."""

import importlib

Migration = importlib.import_module("django.contrib.sessions.migrations.0001_initial").Migration
