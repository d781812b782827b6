"""The ledger of AI calls, and what it adds up to."""
