"""Lookups: from a question to its answer."""
