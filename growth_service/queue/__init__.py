"""Replies that are drafted, decided, and wait to be sent."""
