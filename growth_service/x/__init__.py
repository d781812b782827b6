"""What X sends and what it counts: bodies, texts, ids."""
