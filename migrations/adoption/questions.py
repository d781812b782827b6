"""The options of a question, as the services show and grade them: see `study_service.grading`, and what an import
refuses. What cannot be asked goes back to the authors: its review status becomes needs_revision.
"""

from collections.abc import Mapping
from typing import Any

from migrations.adoption import finding, shapes
from migrations.adoption.finding import Changes, Finding, Mend, Row
from migrations.adoption.target import Column
from shared_schema.fields import dumps

# An answer names options by ids of 1 to 64 characters, at most 26 of them; one that begins with [ reads as a list.
_LONGEST_ID, _MOST_OPTIONS = 64, 26
_FEWEST_OPTIONS = {"drag_drop": 1, "hotspot": 1}
_BELONGS = {"place", "target", "region"}
_ASKED_SOON = ("pending", "approved")
_BACK: Changes = {"review_status": "needs_revision"}


def check(row: Row, mend: Mend, answers: Column) -> list[Finding]:
    """What is wrong with a question's options. `row` has `type`, `answers`, `text` and `review_status`."""
    found: list[Finding] = []
    document = shapes.parsed(row["answers"])
    why = "not JSON" if document is shapes.NOTHING else shapes.wrong(answers.shape, document)
    if why is not None:
        found.append(_misshapen(document, why, mend, answers))
        if found[0].rule != "json-shape":
            return found
        document = shapes.mended(answers.shape, document)
    if row["review_status"] not in _ASKED_SOON:
        return found
    return found + _unusable(row, document, mend)


def _misshapen(document: Any, why: str, mend: Mend, answers: Column) -> Finding:
    """Options that the services cannot read give way to an empty list, or every page with the question would fail."""
    mended = shapes.NOTHING if document is shapes.NOTHING else shapes.mended(answers.shape, document)
    options: dict[str, Changes] = {} if mended is shapes.NOTHING else {"json-shape": {"answers": dumps(mended)}}
    return finding.settled("answers", f"not a list of options: {why}", {**options, **_back(answers="[]")}, mend)


def _unusable(row: Row, options: list[Mapping[str, Any]], mend: Mend) -> list[Finding]:
    for column, why in (("text", _why_no_text(row)), ("answers", _why_not(row["type"], options))):
        if why is not None:
            return [finding.settled(column, why, _back(), mend)]
    if row["type"] == "multiple_choice" and _right(options) > 1:
        several: Mapping[str, Changes] = {"multi-select": {"type": "multi_select"}}
        return [finding.settled("type", "one choice, and several right options", several, mend)]
    return []


def _back(**also: str) -> Mapping[str, Changes]:
    return {"needs-revision": {**also, **_BACK}}


def _why_no_text(row: Row) -> str | None:
    return None if row["text"].strip() else "a question without text"


def _why_not(kind: str, options: list[Mapping[str, Any]]) -> str | None:
    """What is wrong with the options of a question of this type, so that it cannot be asked; None if nothing is."""
    ids = [option["id"] for option in options]
    fewest = _FEWEST_OPTIONS.get(kind, 2)
    if not fewest <= len(ids) <= _MOST_OPTIONS:
        return f"not {fewest} to {_MOST_OPTIONS} options"
    if len(set(ids)) < len(ids):
        return "two options with one id"
    if any(not 0 < len(name) <= _LONGEST_ID or name.startswith("[") for name in ids):
        return f"an option's id that is not 1 to {_LONGEST_ID} characters, or begins with ["
    texts = [" ".join(option["text"].split()) for option in options]
    if not all(texts):
        return "an option without text"
    if len(set(texts)) < len(texts):
        return "two options with one text"
    if not _right(options):
        return "no right option"
    if kind in _FEWEST_OPTIONS and not any(_BELONGS & option.keys() for option in options):
        return "nothing that says where its options belong"
    if kind == "true_false" and (len(ids) != 2 or _right(options) != 1):
        return "not two options of which one is right"
    return None


def _right(options: list[Mapping[str, Any]]) -> int:
    return sum(bool(option["isCorrect"]) for option in options)
