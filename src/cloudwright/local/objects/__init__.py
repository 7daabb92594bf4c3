"""S3's objects: its REST protocol, and the objects, in the local cloud's database."""
