"""fal's wire, and what its failures mean."""
