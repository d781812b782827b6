"""Answers of Hrana, read from JSON. What has not the form of one raises Malformed."""

import base64
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from shared_schema.database import errors
from shared_schema.database.cursor import Answer
from shared_schema.database.server.hrana import Json

Given = ParamSpec("Given")
Read = TypeVar("Read")


class Malformed(Exception):
    """The answer is not Hrana, so it does not say what became of the request."""


def _strictly(reader: Callable[Given, Read]) -> Callable[Given, Read]:
    """Let a reader of answers raise Malformed for what has not the form of one."""

    @wraps(reader)
    def strict(*args: Given.args, **options: Given.kwargs) -> Read:
        try:
            return reader(*args, **options)
        except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
            raise Malformed(f"its answer is not Hrana: {error!r}") from None

    return strict


@_strictly
def response(result: Json) -> Json:
    """The result of one request of a pipeline. Raises its error."""
    if result["type"] == "error":
        raise error_of(result["error"])
    answered: Json = result["response"].get("result", {})
    return answered


@_strictly
def is_at_rest(result: Json) -> bool:
    """Whether a stream has no transaction, by the result of AUTOCOMMIT."""
    return result["type"] == "ok" and result["response"].get("is_autocommit") is True


@dataclass(eq=False)  # not frozen: a context manager that an exception leaves sets its traceback
class FailedStep(Exception):
    """`step` counts the statements of a batch from 0; -1 is its BEGIN, and one past the last its COMMIT. `after_loss`:
    the batch had been sent before, and the answer to that was lost.
    """

    step: int
    error: errors.DatabaseError
    after_loss: bool = False


@_strictly
def sequence_answers(result: Json) -> tuple[list[Answer], errors.DatabaseError | None]:
    """The answers of a sequence up to the first step that failed, and that step's error."""
    failed = next((error for error in result["step_errors"] if error is not None), None)
    done = [answer(step) for step in result["step_results"] if step is not None]
    return done, None if failed is None else error_of(failed)


@_strictly
def batch_answers(result: Json) -> list[Answer]:
    """The answers of a batch's statements. Raises FailedStep for the first that failed; then nothing was applied."""
    for step, error in enumerate(result["step_errors"]):
        if error is not None:
            raise FailedStep(step - 1, error_of(error))
    *_, committed, _ = result["step_results"]
    if committed is None:
        raise FailedStep(len(result["step_results"]) - 3, errors.OperationalError("the server did not commit"))
    return [answer(step) for step in result["step_results"][1:-2]]


@_strictly
def is_committed(result: Json) -> bool:
    """Whether a group was committed. Raises FailedStep if it could not begin."""
    if (error := result["step_errors"][0]) is not None:
        raise FailedStep(-1, error_of(error))
    return result["step_results"][-2] is not None


@_strictly
def member_answers(result: Json, place: tuple[int, int]) -> list[Answer]:
    """The answers of one batch of a group that was committed. Raises FailedStep if it was rolled back."""
    first, end = place
    for step in range(first, end + 1):  # the RELEASE is behind them
        if (error := result["step_errors"][step]) is not None:
            raise FailedStep(step - first, error_of(error))
    if result["step_results"][end] is None:
        raise FailedStep(-1, errors.OperationalError("the server did not begin it"))
    return [answer(step) for step in result["step_results"][first:end]]


def answer(result: Json) -> Answer:
    """One statement's result. A server sends an infinite number as null, since JSON has no infinity; it becomes NaN
    here, so that the other rows can be read. Raises errors.Unreadable for what is no result.
    """
    try:
        return _answer(result)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise errors.Unreadable(f"the server's answer cannot be read: {error!r}") from None


def _answer(result: Json) -> Answer:
    last = result["last_insert_rowid"]
    return Answer(
        tuple(column["name"] for column in result["cols"]),
        [tuple(_decoded(value) for value in row) for row in result["rows"]],
        result["affected_row_count"],
        None if last is None else int(last),
        result.get("rows_read") or 0,
        result.get("rows_written") or 0,
        (result.get("query_duration_ms") or 0) / 1000,
    )


def error_of(error: Json) -> errors.DatabaseError:
    """The server's error as one of ours, with its code."""
    return errors.from_text(str(error.get("message")).removeprefix("SQLite error: "), error.get("code"))


def _decoded(value: Json) -> Any:
    kind = value["type"]
    if kind == "integer":
        return int(value["value"])
    if kind == "text":
        return value["value"]
    if kind == "null":
        return None
    if kind == "blob":
        text = value["base64"]
        return base64.b64decode(text + "=" * (-len(text) % 4))
    if kind != "float":
        raise ValueError(f"no type of Hrana: {kind}")
    return math.nan if value["value"] is None else float(value["value"])
