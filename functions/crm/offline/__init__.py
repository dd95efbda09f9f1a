"""Programs for the provider's own computer, which need no server."""
