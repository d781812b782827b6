"""Everything that is counted from facts can be counted anew: `python -m study_service.rebuild`, and `--check`.

Facts are the answers, the questions and the results of tests. Each part compares and mends a page of rows at a time, in
SQL, so that the memory it takes does not grow with the data; a page is one statement to compare and one batch to mend,
so that answers which come meanwhile are in both or in neither. The order matters: what a part counts from comes before
it.
"""

from collections.abc import Iterator, Sequence

from shared_schema.database import Statement
from shared_schema.tables import db
from study_service.rebuild import catalog, learners, picks, timed
from study_service.rebuild.part import Difference, Part, differences, log, repair, told

PARTS: tuple[Part, ...] = (*learners.PARTS, *catalog.PARTS, *picks.PARTS, *timed.PARTS)


def check(parts: Sequence[Part] = PARTS) -> Iterator[Difference]:
    """The rows that are not what the facts say, at most 100 of each page."""
    for part in parts:
        for after, upto in _pages(part):
            yield from told(part, db.fetch([differences(part, after, upto)], fresh=True)[0])


def mend(parts: Sequence[Part] = PARTS) -> Iterator[tuple[Part, int]]:
    """Make every row what the facts say; each part with the number of rows that were changed."""
    for part in parts:
        changed = 0
        for after, upto in _pages(part):
            logged, steps = log(part, after, upto), repair(part, after, upto)
            changed += sum(result.count for result in db.batch([*logged, *steps])[len(logged) :])
        yield part, changed


def _pages(part: Part) -> Iterator[tuple[int, int]]:
    """The ranges of ids to walk."""
    sql = f"SELECT max(id) FROM (SELECT id FROM {part.walk} WHERE id > ? ORDER BY id LIMIT ?)"
    after = 0
    while upto := db.fetch([Statement(sql, (after, part.size))], fresh=True)[0].value_or_none(int):
        yield after, upto
        after = upto
