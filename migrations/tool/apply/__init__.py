"""`up` and `down`: migrations run on a real database, checked before each commit."""
