"""What a thread does just before it waits for something outside its process: a server's answer, a lock of the file.

A program that lets only some of its threads work at a time sets `this_thread.begins`, so that another one can go on
while this one waits.
"""

import threading
from collections.abc import Callable


def _nothing() -> None:
    pass


class _Thread(threading.local):
    def __init__(self) -> None:
        self.begins: Callable[[], None] = _nothing


this_thread = _Thread()
