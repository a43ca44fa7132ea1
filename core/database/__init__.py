"""How work of ours reaches PostgreSQL: connections, rows, asynchronous access, and what happens when it is away."""
