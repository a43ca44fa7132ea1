"""The server of the Model Context Protocol at `/mcp`: what agents may call, each tool by the views of the REST API."""
