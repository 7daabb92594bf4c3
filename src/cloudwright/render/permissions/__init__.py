"""Permissions as text and JSON lines."""
