"""OpenAI's wire, and what its failures mean."""
