"""Lookups: from a question to its answer, and what becomes of the answers."""
