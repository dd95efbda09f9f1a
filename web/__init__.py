"""The static half of the pages: style, small scripts, the typeface, the vendored htmx, and their build."""
