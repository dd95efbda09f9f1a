"""Constructs and defaults shared by the stacks."""
