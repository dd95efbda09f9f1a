"""The static half of the pages: style, small scripts, typeface, vendored htmx, and their build."""
