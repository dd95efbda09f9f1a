"""Shapes of the JSON API of bookings."""
