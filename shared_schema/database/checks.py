"""What `fetch` and `batch` refuse before anything is sent."""

from collections.abc import Sequence

from shared_schema.database import errors
from shared_schema.database.batch import Guard, Statement, Step
from shared_schema.database.errors import as_peewee
from shared_schema.database.sql import shape


def reads(steps: Sequence[Statement]) -> None:
    """A fetch may be run twice, and asked of a replica. Raises peewee.ProgrammingError for a query that writes."""
    for step in steps:
        if not shape(step.sql).reads:
            with as_peewee:
                raise errors.ProgrammingError("fetch takes queries that read; what writes goes to batch")


def guards(steps: Sequence[Step]) -> None:
    """Raises peewee.ProgrammingError for a `require_changes` behind a query that changes no rows: changes() would be
    the count of an earlier batch on a file, and 0 on a server.
    """
    before: Statement | None = None
    for step in steps:
        if not isinstance(step, Guard):
            before = step
        elif step.counts and (before is None or not shape(before.sql).writes):
            with as_peewee:
                raise errors.ProgrammingError("require_changes looks at the step before, which changes no rows")
