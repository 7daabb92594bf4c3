"""Permissions as people and machines see them."""
