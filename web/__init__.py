"""Static files of the pages: style sheets, scripts, font, vendored htmx, and their build."""
