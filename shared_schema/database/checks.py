"""What `fetch` and `batch` refuse before anything is sent."""

from collections.abc import Callable, Sequence

from shared_schema.database import errors
from shared_schema.database.batch import Guard, Query
from shared_schema.database.binding import Parameters
from shared_schema.database.errors import as_peewee
from shared_schema.database.sql import shape

Compile = Callable[[Query | Guard], tuple[str, Parameters]]


def reads(queries: Sequence[Query], compiled: Compile) -> None:
    """A fetch may be run twice, and asked of a replica. Raises peewee.ProgrammingError for a query that writes."""
    for query in queries:
        sql, _ = compiled(query)
        if not shape(sql).reads:
            with as_peewee:
                raise errors.ProgrammingError("fetch takes queries that read; what writes goes to batch")


def guards(queries: Sequence[Query | Guard], compiled: Compile) -> None:
    """Raises peewee.ProgrammingError for a `require_changes` behind a query that changes no rows: changes() would be
    the count of an earlier batch on a file, and 0 on a server.
    """
    before: Query | None = None
    for query in queries:
        if not isinstance(query, Guard):
            before = query
        elif query.counts and (before is None or not shape(compiled(before)[0]).writes):
            with as_peewee:
                raise errors.ProgrammingError("require_changes looks at the step before, which changes no rows")
