"""Timed tests: drawn by blueprint, saved answer by answer, over by the server's clock, graded once."""
