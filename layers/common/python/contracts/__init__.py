"""The published language: event models, ids and enums that cross a feature's border."""
