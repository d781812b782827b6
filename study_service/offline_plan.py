"""A batch of answers that were given offline: which are sent for the first time, in which order, and at what time."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NotRequired, TypedDict

from shared_schema.problems import Conflict, Problem
from study_service.answers import Submission
from study_service.receipts import Recorded

OLDEST = dt.timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Item:
    """An answer of a batch. `client_id` is the client's own for it, `moment` its clock then in epoch microseconds.

    `digest` is over all that was sent with the id.
    """

    client_id: str
    submission: Submission
    moment: int
    digest: str


@dataclass(frozen=True, slots=True)
class Wrong:
    """An answer of a batch that is not valid, and why."""

    client_id: str
    problem: Problem


class Outcome(TypedDict):
    """What became of an answer of a batch: `recorded`, `replayed` or `refused`."""

    client_id: str
    status: str
    result: NotRequired[Recorded]
    problem: NotRequired[dict[str, object]]


def at(item: Item, now: dt.datetime) -> int:
    """When an answer counts as given, in epoch seconds: by the client's clock, but not after `now` and not long before.

    A clock that is ahead makes nothing future, and one that was never set makes no streak in 1970.
    """
    newest = int(now.timestamp())
    oldest = int((now - OLDEST).timestamp())
    return min(max(item.moment // 1_000_000, oldest), newest)


def in_order(sent: Sequence[Item | Wrong]) -> list[Item]:
    """The valid answers as they were given: by the client's clock, then by their place; each client id once.

    Clocks count here as they are: what is before something else on the same clock stays before it.
    """
    first: dict[str, Item] = {}
    for item in sorted((item for item in sent if isinstance(item, Item)), key=lambda item: item.moment):
        first.setdefault(item.client_id, item)
    return list(first.values())


def reused() -> Conflict:
    return Conflict("this clientId was used for another answer")
