"""Signals that ask the tool to stop: they become an error, so that the command can say what it has done."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from migrations.tool import exits

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def as_errors() -> Iterator[None]:
    """Inside, the first Ctrl-C or SIGTERM raises exits.Interrupted; one more ends the process at once.

    For the main thread. A signal that this process was started to ignore stays ignored.
    """
    before = {number: signal.getsignal(number) for number in _SIGNALS}

    def stop(number: int, _: FrameType | None) -> None:
        for other in _SIGNALS:
            signal.signal(other, signal.SIG_DFL)
        raise exits.Interrupted(f"stopped by {signal.Signals(number).name}")

    for number, handler in before.items():
        if handler is not signal.SIG_IGN:
            signal.signal(number, stop)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
