"""Schemas of the JSON API: requests and responses."""
