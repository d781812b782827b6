"""What a learner may see of a test that is over, and from when. Pure functions.

An exam says it in the column `review_rule`: a moment for each of three things. During the test, whatever the rule, the
learner sees her own choices and flags and nothing of what is right.
"""

from collections.abc import Mapping

from shared_schema.rows import Unusable
from shared_schema.tables.bank import REVIEW_MOMENTS

MOMENTS = REVIEW_MOMENTS
# The score with its counts; whether each answer was right; the right answers with their explanations.
THINGS = ("score", "correctness", "key")
LATER_S = 24 * 3600  # "later" begins so long after the end of the test
AT_ONCE = dict.fromkeys(THINGS, "just_after")


def rule(document: object) -> dict[str, str]:
    """The rule in a document of the column, or Unusable."""
    moments = document if isinstance(document, dict) else {}
    if set(moments) != set(THINGS) or any(moment not in MOMENTS for moment in moments.values()):
        raise Unusable("review_rule", f"does not say for {', '.join(THINGS)} one of {', '.join(MOMENTS)}")
    return moments


def is_ordered(moments: Mapping[str, str]) -> bool:
    """Whether no thing is seen before one that it tells: the key tells what was right, and that tells the score."""
    places = [MOMENTS.index(moments[thing]) for thing in THINGS]
    return places == sorted(places)


def from_when(moments: Mapping[str, str], thing: str, ended_at: int) -> int | None:
    """The second from which the thing may be seen; None for never."""
    return {"just_after": ended_at, "later": ended_at + LATER_S}.get(moments[thing])


def visible(moments: Mapping[str, str], ended_at: int, now: float) -> frozenset[str]:
    """The things that may be seen now."""
    since = {thing: from_when(moments, thing, ended_at) for thing in THINGS}
    return frozenset(thing for thing, moment in since.items() if moment is not None and now >= moment)
