"""Demo data: accounts to sign in with, and a directory full of people who do not exist.

Runs as a process of its own with a function's environment, and goes through the product's own use
cases, so that it obeys the rules it shows.
"""
