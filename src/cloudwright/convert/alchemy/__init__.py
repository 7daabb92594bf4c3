"""Alchemy's state folders."""
