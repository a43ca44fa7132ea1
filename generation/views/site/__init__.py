"""Pages for everybody: landing, models, prices, verification."""
