"""Card testing, and welcome credits for one person alone."""
