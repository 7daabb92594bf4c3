"""The console of the local cloud: one page that shows what it holds and what clients ask of it, live."""
