"""Programs that a process of ours starts end when it ends, even by SIGKILL, of which nobody is told."""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence

PARENT = "PINGTOPASS_PARENT"
_PR_SET_PDEATHSIG = 1


def start(
    command: Sequence[str],
    variables: Mapping[str, str] | None = None,
    *,
    files: Sequence[int] = (),
    session: bool = False,
) -> "subprocess.Popen[bytes]":
    """Start a program that gets SIGTERM when this process ends. Call it in the main thread.

    Linux sends the signal; on other systems the program asks `parent_is_gone` now and then. It gets the open `files`,
    and with `session` no signal from our terminal.
    """
    return subprocess.Popen(  # noqa: S603 - programs of ours by our own words, without a shell
        command,
        env={**os.environ, **(variables or {}), PARENT: str(os.getpid())},
        pass_fds=files,
        start_new_session=session,
        preexec_fn=_follow(os.getpid()) if sys.platform == "linux" else None,
    )


def _follow(parent: int) -> Callable[[], None]:
    """What the new process does before it becomes the program. The parent may end at any moment of it."""
    prctl = ctypes.CDLL(None).prctl

    def follow() -> None:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)  # the parent's handler would take the signal, and do nothing here
        prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os._exit(1)

    return follow


def end_with_parent() -> None:
    """The same for a process that was forked and goes on with our code, on Linux."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def parent_is_gone() -> bool:
    """Whether the process that has started us by `start` has ended; False if nobody has."""
    parent = os.environ.get(PARENT)
    return parent is not None and int(parent) != os.getppid()
