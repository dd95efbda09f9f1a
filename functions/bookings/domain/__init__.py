"""Domain of bookings in plain Python: transitions, price, policy, calendar."""
