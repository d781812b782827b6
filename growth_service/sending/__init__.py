"""Leases to send what was approved, and what became of each attempt."""
