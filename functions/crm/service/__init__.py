"""Services of the CRM: the use cases of a provider's workspace."""
