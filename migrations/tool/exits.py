"""The exit codes of the command line, and the errors that carry one."""

from collections.abc import Mapping
from typing import Any

OK, FOUND, USAGE, LATER, NOTHING_DONE, LOOK, HALF_DONE = range(7)


class Stopped(Exception):
    """A command could not do what it was asked to do. The message is for the operator, `exit_code` for a program.

    `values` is what a program gets beside the message, in the command's JSON document.
    """

    exit_code = NOTHING_DONE
    values: Mapping[str, Any] = {}


class Interrupted(BaseException):
    """A signal, which the message names, has asked the command to stop. Not an Exception: a migration that catches its
    own errors must not catch this one.
    """


def text(error: BaseException) -> str:
    """The message of an error, with the notes that were added to it, a line each."""
    return "\n".join([str(error), *getattr(error, "__notes__", ())])


def interruption(error: BaseException | None) -> Interrupted | None:
    """The signal behind an error: a transaction that a signal has ended may fail once more at its rollback."""
    while error is not None and not isinstance(error, Interrupted):
        error = error.__context__
    return error
