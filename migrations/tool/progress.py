"""How a long command reports how far it is: the name of the work, how much is done, of how much."""

from collections.abc import Callable

Progress = Callable[[str, int, int], None]


def silent(what: str, done: int, of: int) -> None:
    """Progress that is shown nowhere."""
