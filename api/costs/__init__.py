"""What an answer about a generation says beside its body: what it cost, and what is left."""
