"""Pages of the directory over the same use cases as the JSON API; all work without scripts."""
