"""What the JSON API takes and answers."""
