"""Plain rules of accounts: no framework, no database, no cloud."""
