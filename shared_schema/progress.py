"""Work that tells how far it is, and returns the receipt of what it has done."""

from collections.abc import Generator
from typing import NamedTuple

from shared_schema.idempotency import Receipt


class Progress(NamedTuple):
    """`done` of `total` things are through this stage."""

    stage: str
    done: int
    total: int


Steps = Generator[Progress, None, Receipt]


def last(steps: Steps) -> Receipt:
    """What the work returns, once all of it is done."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            receipt: Receipt = end.value
            return receipt
