"""Backups: a database as SQL text in one compressed file that proves itself.

Our own text and not a server's `/dump`, which has no word for infinity or NUL and turns a real 0.0 into an integer; and
all of it read in one transaction, so that its hashes are those of one moment.
"""
