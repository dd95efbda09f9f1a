"""What a client book is made of: people, visits, money, and what may be said about them."""
