"""Statements on a connection whose schema another connection has changed, by a migration for example.

A connection keeps the schema that it has read. SQLite notices the change when a statement runs, reads the schema again
and compiles the statement once more. That fails in one case (SQLite 3.40 and 3.45): where a trigger writes to a virtual
table that this connection has not opened yet, opening it reads the schema again in the middle of compiling, and the
statement ends with "no such table", naming a table that is there. Nothing has run then, and the connection has the
present schema.
"""

from shared_schema.database import errors


def explain(error: Exception) -> bool:
    """Whether a changed schema may be the reason of this error."""
    return isinstance(error, errors.NoSuchTable)
