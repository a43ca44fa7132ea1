"""The OpenAPI document: what the views declare, completed by how operations refuse, by examples, and by `/v1/`."""
