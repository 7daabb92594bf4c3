"""Delivering images: the I/O that drives `imagebuilder/delivery`, and `app.images`."""
