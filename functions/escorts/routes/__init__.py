"""JSON API of the directory."""
