"""A run, whatever it does: opens what it works with, plans, applies, reads, keeps the state."""
