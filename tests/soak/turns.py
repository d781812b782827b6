"""The turns of a soak: everything happens once, in any order, and again until the time is over."""

import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_CALM_S = 1.0  # before each


@dataclass(frozen=True)
class Event:
    """`found_s` after the damage no reader took the file any more; None for what is no damage. `whole_s` after the
    event everything was well again. `of` is the service that it happened to, where it was one of several.
    """

    name: str
    found_s: float | None
    whole_s: float
    of: str = ""


def turns(names: Sequence[str], until: float) -> Iterator[str]:
    """The names of what is to happen next, up to this moment of the monotonic clock; each at least once."""
    yield from _calmly(names)
    while True:
        for name in _calmly(names):
            if time.monotonic() > until:
                return
            yield name


def _calmly(names: Sequence[str]) -> Iterator[str]:
    for name in random.sample(names, len(names)):
        time.sleep(_CALM_S)
        yield name
