"""Demo data: accounts to sign in with, and a directory of fictional providers.

Runs in its own process with a function's environment, and uses the product's own use cases, so that
the data obeys the product's rules.
"""
