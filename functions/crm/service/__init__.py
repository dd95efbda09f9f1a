"""What a provider does in her book."""
