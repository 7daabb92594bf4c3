"""Delivering images: what is declared and what is there, a build on its way, promotion, rollback, retirement. Pure."""
