"""Which stored question each question of a file is. No database here."""

from collections import defaultdict, deque
from collections.abc import Sequence
from typing import TypedDict

from study_service.banks.bank import Problem
from study_service.importing.content import Item

OURS = "ptp-"  # how ids begin that no file has given


class Known(TypedDict):
    """What a stored question is recognised by. `is_active` is 0 for one that was deleted."""

    id: int
    external_id: str | None
    text_digest: str | None
    content_digest: str | None
    is_active: int


Pair = tuple[Item, Known | None]


def match(items: Sequence[Item], known: Sequence[Known], problems: list[Problem]) -> list[Pair]:
    """Each item with the stored question that it is, or None for a new one.

    A question is that of its id; or else one of the same text and options; or else the oldest of the same text that
    has no id of another file. So a mended typo changes the question of an id, and an edited option that of a text.
    """
    names = {item.content["external_id"] for item in items} - {None}
    by_id = {row["external_id"]: row for row in known if row["external_id"] is not None}
    of: dict[int, Known] = {}
    for place, item in enumerate(items):
        if (name := item.content["external_id"]) is not None and name in by_id:
            of[place] = by_id[name]
    free = [row for row in known if row["external_id"] not in names]
    by_content = {row["content_digest"]: row for row in free}
    for place, item in enumerate(items):
        if place not in of and (row := by_content.pop(item.content["content_digest"], None)):
            of[place] = row
    by_text: dict[str | None, deque[Known]] = defaultdict(deque)
    for row in sorted(by_content.values(), key=lambda row: row["id"]):
        by_text[row["text_digest"]].append(row)
    for place, item in enumerate(items):
        if place not in of and (row := _of_text(item, by_text[item.content["text_digest"]])):
            of[place] = row
    return _without_clashes([(item, of.get(place)) for place, item in enumerate(items)], known, problems)


def _of_text(item: Item, rows: deque[Known]) -> Known | None:
    """Of the questions with the item's text, the first that may be it."""
    for row in rows:
        if item.content["external_id"] is None or (row["external_id"] or OURS).startswith(OURS):
            rows.remove(row)
            return row
    return None


def _without_clashes(pairs: list[Pair], known: Sequence[Known], problems: list[Problem]) -> list[Pair]:
    """The pairs without those that would become a question which another stored one, not in the file, is already."""
    matched = {row["id"] for _, row in pairs if row is not None}
    others = {row["content_digest"]: row for row in known if row["id"] not in matched}
    kept: list[Pair] = []
    for item, row in pairs:
        other = others.get(item.content["content_digest"])
        if other is None:
            kept.append((item, row))
        else:
            message = f"the exam has it already, as question {other['id']}, which has another id in files"
            problems.append(Problem(item.item, item.line, message))
    return kept
