"""Question bank files, a module or a room for each format.

A format has `read(data: bytes) -> Bank` and `write(bank: Bank) -> Written`. They never touch the database, and `read`
never raises for what is wrong inside a file: each question that cannot be used becomes a `Problem`, and so does what is
lost of the others. What `write` makes of a bank `read` gives back, but for what it says is lost.
"""
