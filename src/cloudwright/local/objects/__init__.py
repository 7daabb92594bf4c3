"""S3's objects: its REST protocol, and what it keeps, in the local cloud's database."""
