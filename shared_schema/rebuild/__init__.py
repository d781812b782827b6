"""Counting anew what is counted from facts: what a service's command `rebuild` does with its parts.

Each part compares and mends a page of rows at a time, in SQL, so that the memory it takes does not grow with the data.
A page is one statement to compare and one batch to mend, so that what is written meanwhile is in both or in neither.
What SQL cannot count is read and computed by a function: see `computed`.
The order of the parts matters: what a part counts from comes before it.
"""

from collections.abc import Iterator, Sequence

from shared_schema.audit import Actor
from shared_schema.rebuild import computed
from shared_schema.rebuild.part import Difference, Part, differences, log, page_end, repair, told
from shared_schema.tables import db


def check(parts: Sequence[Part]) -> Iterator[Difference]:
    """The rows that are not what the facts say, at most 100 of each page."""
    for part in parts:
        for after, upto in _pages(part):
            if part.computed is not None:
                yield from computed.check(part, part.computed, after, upto)
            else:
                yield from told(part, db.fetch([differences(part, after, upto)], fresh=True)[0])


def mend(parts: Sequence[Part], mender: str) -> Iterator[tuple[Part, int]]:
    """Make every row what the facts say; each part with the number of rows that were changed.

    The log, where a table's changes are logged, says that the program `mender` did it.
    """
    actor = Actor(mender, role="service")
    for part in parts:
        yield part, sum(_mend(part, after, upto, actor) for after, upto in _pages(part))


def _mend(part: Part, after: int, upto: int, actor: Actor) -> int:
    """Mend a page; how many rows were changed."""
    if part.computed is not None:
        return computed.mend(part, part.computed, after, upto)
    logged, steps = log(part, after, upto, actor), repair(part, after, upto)
    return sum(result.count for result in db.batch([*logged, *steps])[len(logged) :])


def _pages(part: Part) -> Iterator[tuple[int, int]]:
    """The ranges to walk: above one number and up to the other."""
    after = -1
    while (upto := db.fetch([page_end(part, after)], fresh=True)[0].value_or_none(int)) is not None:
        yield after, upto
        after = upto
