"""The growth service: X accounts and tweets, reply opportunities, daily metrics, the ledger of AI calls."""
