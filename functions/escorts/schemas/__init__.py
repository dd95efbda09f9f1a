"""Bodies of the JSON API."""
