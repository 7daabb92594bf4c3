"""`cloudwright images`: who gets what, and delivering it."""
