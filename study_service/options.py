"""The options of a question as they are stored: ids that keep their meaning, and which of them stay last."""

import base64
import hashlib
import re
from collections.abc import Sequence

from study_service.grading import Option

# "All of the above", "None of these": they speak of the options before them.
_OF_ABOVE = re.compile(
    r"\W*(all|none|neither|both|any|most)\b.{0,20}\b(above|these|those|following|answers?|options?|choices)\W*", re.I
)
# "Both A and C": it names other options by the letters of their places.
_LETTER = r"\(?[A-H]\)?"
_BY_LETTER = re.compile(
    rf"\W*((?i:both|either|neither|only|answers?|options?) )*{_LETTER}((,? (and|or|nor) |, ?| ?& ?){_LETTER})+"
    r"( (?i:only))?\W*"
)
_FEW = 6  # characters of an id: 30 bits


def identified(options: Sequence[Option], before: Sequence[Option] = ()) -> list[Option]:
    """The options with their ids. One with the id in files, or else the text, of an option of `before` keeps its id.

    A new id is made of the option's text alone, so that it tells neither its place nor whether it is right, and the
    same text has the same id in every version. An option's target may have its text; options name it by its new id.
    """
    kept = _kept(options, before)
    taken = {option["id"] for option in before}
    identified: list[Option] = []
    targets: dict[str, str] = {}
    for place, option in enumerate(options):
        name = kept.get(place) or made(meaning(option), taken)
        taken.add(name)
        identified.append({**option, "id": name})
        if option.get("isTarget"):
            targets[option["id"]] = name
    for option in identified:
        if "target" in option:
            option["target"] = targets.get(option["target"], option["target"])
    return identified


def _kept(options: Sequence[Option], before: Sequence[Option]) -> dict[int, str]:
    """By its place, the id that an option keeps. Each id of `before` is kept by one option at most."""
    kept: dict[int, str] = {}
    in_files = {option.get("externalId", option["id"]): option["id"] for option in reversed(before)}
    of_text = {meaning(option): option["id"] for option in reversed(before)}
    for place, option in enumerate(options):
        if (name := in_files.get(option.get("externalId", ""))) and name not in kept.values():
            kept[place] = name
    for place, option in enumerate(options):
        name = of_text.get(meaning(option))
        if place not in kept and name and name not in kept.values():
            kept[place] = name
    return kept


def meaning(option: Option) -> str:
    """What an id stands for: an option's text, or a target's, which is another thing."""
    return f"-> {option['text']}" if option.get("isTarget") else option["text"]


def made(text: str, taken: set[str]) -> str:
    """A new id for what has this meaning; none of those that are taken."""
    digest = base64.b32encode(hashlib.sha256(text.encode()).digest()).decode().lower()
    return next(digest[:length] for length in range(_FEW, len(digest)) if digest[:length] not in taken)


def last(texts: Sequence[str]) -> list[bool]:
    """Which of these options stay behind the shuffled ones. All where one names others by their letters."""
    if any(_BY_LETTER.fullmatch(text) for text in texts):
        return [True] * len(texts)
    return [bool(_OF_ABOVE.fullmatch(text)) for text in texts]


def same(options: Sequence[Option], before: Sequence[Option], *, in_order: bool) -> bool:
    """Whether both are the same question's: in any order where options are shuffled, `in_order` where they are not."""
    if in_order:
        return list(options) == list(before)
    return _sorted(options) == _sorted(before)


def _sorted(options: Sequence[Option]) -> list[Option]:
    """The options in an order that matters no more; those that stay last keep theirs."""
    free = sorted((option for option in options if not option.get("fixed")), key=lambda option: option["id"])
    return free + [option for option in options if option.get("fixed")]
