"""The CRM: a provider's client book, which nobody else can read."""
