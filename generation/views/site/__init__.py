"""Public pages: landing, models, prices, verification."""
