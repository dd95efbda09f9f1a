"""The pages of the private room, under `/{slug}/crm`."""
