"""Backups: made while everything runs, restored, and restored on trial."""
