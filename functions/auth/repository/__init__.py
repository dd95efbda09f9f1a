"""Repositories of auth: all of its SQL, and the encryption of stored fields."""
