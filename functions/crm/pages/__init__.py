"""Pages of the client book, over the same use cases as the JSON API; all work without scripts.

`frame` is what they share; addresses hold ids and nothing else, titles say "Notes" and nothing else.
"""
