"""The figures of each item of an exam, from its facts: what the columns of `question_statistics` hold."""

from collections.abc import Sequence
from typing import TypedDict

import numpy as np

from shared_schema.fields import dumps, loads
from study_service import grading
from study_service.grading import Option
from study_service.statistics import classical, miskeyed, options, two_parameter
from study_service.statistics.classical import Rest
from study_service.statistics.facts import Facts
from study_service.statistics.options import CHOSEN, Group, Response


class Figures(TypedDict):
    """A row of `question_statistics`. `options` and `responses` are JSON text."""

    question_id: int
    version: int
    attempts: int
    facility: float | None
    discrimination: float | None
    efficiency: float | None
    reason: str | None
    mean_seconds: float | None
    median_seconds: float | None
    options: str
    responses: str
    doubt: float
    miskey_reason: str | None
    a: float | None
    b: float | None
    parameters_learners: int
    parameters_reason: str | None


class _Chosen(TypedDict):
    options: str
    responses: str
    doubt: float
    miskey_reason: str | None


class _Times(TypedDict):
    mean_seconds: float | None
    median_seconds: float | None


def of_items(known: Facts) -> list[Figures]:
    """The figures of every item that was answered, in order."""
    rests = classical.rest(known.matrix)
    parameters = two_parameter.fit(known.matrix)
    answered = _responses(known, rests)
    times = _times(known)
    return [
        {
            "question_id": known.items[place].question,
            "version": known.items[place].version,
            "attempts": item.attempts,
            "facility": item.facility.value,
            "discrimination": item.discrimination.value,
            "efficiency": item.efficiency.value,
            "reason": item.discrimination.reason,
            **times[place],
            **_chosen(known, place, answered[place]),
            "a": parameters[place].a,
            "b": parameters[place].b,
            "parameters_learners": parameters[place].learners,
            "parameters_reason": parameters[place].reason,
        }
        for place, item in enumerate(classical.items(known.matrix, rests))
    ]


def _times(known: Facts) -> list[_Times]:
    """The mean and the median time of each item, over the answers whose time is known."""
    told = ~np.isnan(known.seconds)
    order = np.lexsort((known.seconds[told], known.matrix.item[told]))
    ends = np.cumsum(known.matrix.sums(where=told)).astype(int)
    by_item = np.split(known.seconds[told][order], ends[:-1]) if len(ends) else []
    return [
        {"mean_seconds": float(times.mean()), "median_seconds": float(np.median(times))}
        if len(times)
        else {"mean_seconds": None, "median_seconds": None}
        for times in by_item
    ]


def _responses(known: Facts, rests: Rest) -> list[list[Response]]:
    """The different answers to each item."""
    size, share = len(known.responses), np.where(rests.known, rests.share, 0)
    sums = [np.bincount(known.response, weights, size) for weights in (None, rests.known, share, share**2)]
    by_item: list[list[Response]] = [[] for _ in known.items]
    for place, answer in enumerate(known.responses):
        learners, counted, rest, squares = (column[place].item() for column in sums)
        by_item[answer.item].append(Response(answer.text, learners, int(counted), rest, squares, answer.right))
    return by_item


def _chosen(known: Facts, place: int, answered: Sequence[Response]) -> _Chosen:
    """What was chosen, and whether that puts the key in doubt."""
    content = known.content.get(known.items[place])
    stored = grading.readable_or_none(loads(content["answers"])) if content else None
    if content is None or stored is None or content["type"] not in CHOSEN:
        frequent = [{"text": text, "count": count} for text, count in options.most_frequent(answered)]
        return {"options": "[]", "responses": dumps(frequent), "doubt": 0.0, "miskey_reason": None}
    groups = {option["id"]: options.group(answered, options.choosing(option["id"], answered)) for option in stored}
    counts = [{"id": name, "count": group.learners, "rest": group.rest} for name, group in groups.items()]
    suspicion = _suspicion(stored, groups, answered)
    return {
        "options": dumps(counts),
        "responses": "[]",
        "doubt": suspicion.doubt if suspicion else 0.0,
        "miskey_reason": suspicion.reason if suspicion else None,
    }


def _suspicion(
    stored: Sequence[Option], groups: dict[str, Group], answered: Sequence[Response]
) -> miskeyed.Suspicion | None:
    right = options.group(answered, [response for response in answered if response.is_correct])
    wrong = {option["text"]: groups[option["id"]] for option in stored if not option["isCorrect"]}
    return miskeyed.suspicion(right, wrong, sum(response.learners for response in answered))
