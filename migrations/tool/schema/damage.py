"""What is wrong with a database: damaged pages, values that break a constraint, references to nothing."""

from migrations.tool.schema import references
from shared_schema.database import LibsqlDatabase


def everything(db: LibsqlDatabase) -> list[str]:
    """A sentence for each thing that is wrong with the database: its pages, its references."""
    orphans = [
        f"{table} row {row or '?'} refers to a row of {parent} that is not there"
        for table, row, parent, _ in db.execute_sql("PRAGMA foreign_key_check").fetchall()
    ]
    dangling = [f"{child} refers to {parent}, a table that is gone" for child, parent in references.dangling(db)]
    return in_pages(db) + orphans + dangling


def in_pages(db: LibsqlDatabase) -> list[str]:
    """What the engine finds wrong with pages and indexes, and with values that break a CHECK or NOT NULL."""
    return [str(row[0]) for row in db.execute_sql("PRAGMA integrity_check").fetchall() if row[0] != "ok"]
