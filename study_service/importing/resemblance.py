"""Which new questions of a file nearly have the text of another one. They are told, never taken for one."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from shared_schema.tables import db
from study_service import exams, resembling
from study_service.banks.bank import Problem
from study_service.exams import Key
from study_service.importing import stored
from study_service.importing.content import Item
from study_service.resembling import Candidate

MOST = 1_000  # new questions that are told to resemble others; behind the last of them none is looked for
_CHUNK = 100  # texts that are looked for at once
_PER_BAND = 3  # of the questions that may resemble a text
_SHOWN = 80  # characters of the other text


def warnings(key: Key | None, new: Sequence[Item]) -> Iterator[Problem]:
    """A warning for each new question that resembles one of the exam, if there is one, or one before it in the file."""
    told = 0
    before: dict[int, list[Item]] = defaultdict(list)
    for items in stored.chunks(new, _CHUNK):
        of_exam = {} if key is None else _of_exam(key, items)
        for place, item in enumerate(items):
            if told == MOST:
                return
            warning = _of_stored(item, of_exam.get(place, ())) or _of_file(item, before)
            if warning:
                told += 1
                yield Problem(item.item, item.line, warning)


def _of_exam(key: Key, items: Sequence[Item]) -> dict[int, list[Candidate]]:
    """By the place of an item, the questions of the exam that it may resemble."""
    texts = [item.content["text"] for item in items]
    rows = db.fetch([resembling.read(texts, exams.NAMED, key, per_band=_PER_BAND)])[0].all(Candidate)
    candidates: dict[int, list[Candidate]] = defaultdict(list)
    for row in rows:
        candidates[row["place"]].append(row)
    return candidates


def _of_stored(item: Item, candidates: Sequence[Candidate]) -> str | None:
    near = resembling.nearest(item.content["text"], candidates)
    return _sentence(f"question {near[0]['question_id']}", near[0]) if near else None


def _of_file(item: Item, before: dict[int, list[Item]]) -> str | None:
    """The same among the items before this one, which it joins."""
    text = item.content["text"]
    bands = resembling.of_text(text)
    others = {other.item: other for band in bands for other in before[band]}
    for band in bands:
        if len(before[band]) < _PER_BAND:
            before[band].append(item)
    candidates = [Candidate(place=0, question_id=other.item, text=other.content["text"]) for other in others.values()]
    near = resembling.nearest(text, candidates)
    return _sentence(f"item {near[0]['question_id']}", near[0]) if near else None


def _sentence(what: str, near: resembling.Resembling) -> str:
    text = near["text"] if len(near["text"]) <= _SHOWN else f"{near['text'][:_SHOWN]}…"
    return f"it resembles {what} ({100 * near['similarity']:.0f} %): {text!r}"
