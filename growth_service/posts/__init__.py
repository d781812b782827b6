"""Accounts and posts of X, as X told of them."""
