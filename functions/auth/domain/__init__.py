"""Rules of accounts, without framework, database or cloud services."""
