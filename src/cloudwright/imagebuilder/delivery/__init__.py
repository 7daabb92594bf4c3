"""Delivering images: declared and live cells, builds in progress, promotion, rollback, retirement. Pure."""
