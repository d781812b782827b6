"""What is counted from the rows, by the SQL of the services' own commands `rebuild`."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from shared_schema.database import LibsqlDatabase
from shared_schema.rebuild.part import Part, page_end, repair


def count(database: LibsqlDatabase, parts: Sequence[Part], but: Sequence[str] = ()) -> None:
    """Make the rows of these parts, but for those named in `but`, and those that SQL cannot count.

    Unlike `rebuild`, this logs nothing: there is nobody who has seen other rows.
    """
    for part in parts:
        if part.name not in but and part.computed is None:
            added = replace(part, rows="new") if part.rows == "all" else part  # there are no rows yet to take away
            for after, upto in _pages(database, part):
                database.batch(repair(added, after, upto))


def _pages(database: LibsqlDatabase, part: Part) -> Iterator[tuple[int, int]]:
    after = -1
    while (upto := database.fetch([page_end(part, after)])[0].value_or_none(int)) is not None:
        yield after, upto
        after = upto
