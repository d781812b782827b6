"""Everything that is counted from facts can be counted anew: `python -m study_service.rebuild`, and `--check`.

Facts are the answers, the questions and the results of tests. The order of the parts matters: what a part counts from
comes before it. `shared_schema.rebuild` says how.
"""

from collections.abc import Iterator, Sequence

from shared_schema import rebuild
from shared_schema.rebuild.part import Difference, Part
from study_service.rebuild import catalog, editing, learners, picks, queued, recognised, remembered, timed

PARTS: tuple[Part, ...] = (
    *learners.PARTS,
    *catalog.PARTS,
    *picks.PARTS,
    *timed.PARTS,
    *remembered.PARTS,
    *recognised.PARTS,
    *editing.PARTS,
    *queued.PARTS,
)


def check(parts: Sequence[Part] = PARTS) -> Iterator[Difference]:
    """The rows that are not what the facts say, at most 100 of each page."""
    return rebuild.check(parts)


def mend(parts: Sequence[Part] = PARTS) -> Iterator[tuple[Part, int]]:
    """Make every row what the facts say; each part with the number of rows that were changed."""
    return rebuild.mend(parts, "study_service.rebuild")
