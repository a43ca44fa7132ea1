"""Texts that leave us for other programs: tables that no spreadsheet runs, and log lines that nobody forges."""
