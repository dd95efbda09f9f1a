"""Bookings in plain Python: states, price, policy, calendar."""
