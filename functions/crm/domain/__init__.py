"""Domain of the CRM: clients, visits, finance, and the rules of their data."""
