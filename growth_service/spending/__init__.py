"""Budgets, and the money held for calls that are not paid yet."""
