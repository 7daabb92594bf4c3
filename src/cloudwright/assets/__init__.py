"""Assets: how files are packed, and where they are uploaded."""
