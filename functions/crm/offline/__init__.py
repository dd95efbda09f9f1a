"""What runs on a provider's own computer, without us."""
