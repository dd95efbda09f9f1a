"""The only SQL of auth, and the sealing of what it stores."""
