"""The tables of the schema `crm`: sealed documents with what is in clear beside them."""
