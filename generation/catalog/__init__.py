"""The catalog of models: their parameters, sizes, prices and retirement."""
