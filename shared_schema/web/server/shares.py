"""How many connections each worker of a service has, in memory that the workers share."""

import mmap

_MOST = 65_534
_NOBODY = 0  # in the place of a worker that has not begun, or has ended; others have one more than their connections


class Shares:
    """The counts as one worker sees them. `age` is gunicorn's number of the worker, by which it has its place."""

    def __init__(self, memory: mmap.mmap, age: int) -> None:
        self._counts = memoryview(memory).cast("H")
        self._own = age % len(self._counts)

    def tell(self, count: int) -> None:
        """This worker takes connections, and has so many."""
        self._counts[self._own] = min(count, _MOST) + 1

    def leave(self) -> None:
        """This worker takes no more."""
        self._counts[self._own] = _NOBODY

    def another_has_fewer(self) -> bool:
        own = self._counts[self._own]
        return any(_NOBODY < count < own for count in self._counts)
