"""The defaults every stack shares, each in one place."""
