"""Makes what the documentation takes from the code: tables inside of pages, and whole reference pages."""
