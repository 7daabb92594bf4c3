"""The console of the local cloud: one page that shows its resources and the calls of its clients, live."""
