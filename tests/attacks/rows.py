"""All rows of the database, to show that a request has changed none."""

from typing import Any

from shared_schema.database import LibsqlDatabase, Statement
from shared_schema.tables import OWNERS

# They move on with a request that is refused, too, and belong to the request alone.
EXEMPT = {"receipts", "idempotency_keys", "forgotten_keys", "consistency_clock", "deployments"}
# Measured from the answers when a moderator looks at them.
EXEMPT |= {"exam_statistics", "question_statistics"}
TABLES = sorted({model._meta.table_name for models in OWNERS.values() for model in models} - EXEMPT)

Stored = dict[str, list[dict[str, Any]]]


def stored(database: LibsqlDatabase, *without: str) -> Stored:
    """Every row of every table as it is now, but for the tables named."""
    tables = [table for table in TABLES if table not in without]
    results = database.fetch([Statement(f"SELECT * FROM {table}") for table in tables], fresh=True)
    return {table: list(result.rows) for table, result in zip(tables, results, strict=True)}
