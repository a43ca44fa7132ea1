"""Pictures that the twins draw instead of a model."""
