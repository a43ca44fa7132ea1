"""What partners read: the guides of docs/api, the changelog, what each error means, and the reference."""
