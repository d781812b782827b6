"""The stored answers of a question, column `answers`: one JSON list of objects for every type.

What a type needs beyond `id`, `text` and `isCorrect` are keys of its own in these objects; what belongs to the question
as a whole (the unit of a number, the size of a picture) stands in each of them and is the same in all.

- multiple_choice, multi_select, true_false: an option each. `weight` is the credit that its author gave it, -1 to 1.
- drag_drop, an order: an option each, `place` its place in the right order; one without a place belongs nowhere.
- drag_drop, pairs: an option each with the id of its `target`; and the targets, with `isTarget`; not all need have one.
- short_answer: an accepted text each, in which * is any text and \\* a star; `weight` is what a half right one earns.
  `caseSensitive` where "ls" is right and "LS" is not.
- numeric: an accepted number each, as decimal text: `value`, with `tolerance` perhaps, or from `low` to `high`; one
  without either is any number. `unit` is the unit of the key, `units` what others are worth: {"mV": "0.001"}.
- hotspot: a region each, in pixels of an image of `imageWidth` by `imageHeight`: `region` and `coords` as QTI and HTML
  have them (rect: left, top, right, bottom; circle: x, y, radius; poly: x1, y1, x2, y2, …).

`externalId` is the id that files of others give to an option. It may tell the key, so no learner sees it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NotRequired, TypedDict

from shared_schema.rows import Unusable

Rule = Literal["all_or_nothing", "partial"]  # of an exam: what half an answer earns whose author gave no weights


class Option(TypedDict):
    """One object of the list. `weight` is the credit it earns, -1 to 1."""

    id: str
    text: str
    isCorrect: bool
    explanation: NotRequired[str]
    weight: NotRequired[float]
    fixed: NotRequired[bool]
    place: NotRequired[int]
    target: NotRequired[str]
    isTarget: NotRequired[bool]
    caseSensitive: NotRequired[bool]
    value: NotRequired[str]
    tolerance: NotRequired[str]
    low: NotRequired[str]
    high: NotRequired[str]
    unit: NotRequired[str]
    units: NotRequired[dict[str, str]]
    region: NotRequired[str]
    coords: NotRequired[list[float]]
    imageWidth: NotRequired[int]
    imageHeight: NotRequired[int]
    externalId: NotRequired[str]


class Point(TypedDict):
    """A place in a picture, in pixels from its left upper corner."""

    x: float
    y: float


# An answer, given or right: an option's id, a text or a number as text; ids; pairs of ids; or a place in a picture.
Selected = str | list[str] | list[list[str]] | Point


@dataclass(frozen=True, slots=True)
class Grade:
    """`score` is 0 to 1. `selected` is what was understood: of a set, each id once, in the question's order."""

    is_correct: bool
    score: float
    selected: Selected


_TEXTS = ("explanation", "target", "value", "tolerance", "low", "high", "unit", "region", "externalId")
_FLAGS = ("fixed", "isTarget", "caseSensitive")
_WHOLE = ("place", "imageWidth", "imageHeight")


def readable(document: object) -> list[Option]:
    """The options that are in a document of the column `answers`, as a moderator sees them, perhaps none.

    Raises Unusable unless it is a list of options, each with an id, a text and whether it is right.
    """
    if type(document) is not list:
        raise Unusable("answers", "is not a list of options")
    for option in document:
        if problem := _problem(option):
            raise Unusable("answers", problem)
    return document


def readable_or_none(document: object) -> list[Option] | None:
    """The same; None for any other document."""
    try:
        return readable(document)
    except Unusable:
        return None


def options(document: object) -> list[Option]:
    """The options of a question that is served and graded: of one id each, and one of them at least is right.

    Raises Unusable for any other document.
    """
    options = readable(document)
    if len({option["id"] for option in options}) < len(options):
        raise Unusable("answers", "has two options with the same id")
    if True not in [option["isCorrect"] for option in options]:
        raise Unusable("answers", "has no right option")
    return options


def same(options: Sequence[Option], key: str) -> object:
    """What every option says of the question as a whole. Unusable where they do not agree."""
    first = options[0].get(key)
    if any(option.get(key) != first for option in options):
        raise Unusable("answers", f"has options that differ in their {key}")
    return first


def _problem(option: object) -> str | None:
    """What keeps this from being an option. None where nothing does."""
    if type(option) is not dict:
        return "has an option that is no object"
    if type(option.get("id")) is not str or type(option.get("text")) is not str:
        return "has an option without an id or a text"
    if option.get("isCorrect") not in (True, False):
        return "has an option that is neither right nor wrong"
    if "weight" in option and not _is_weight(option["weight"]):
        return "has an option whose weight is not a number from -1 to 1"
    if len(option) == 3:
        return None
    for key in option.keys() & _KINDS.keys():
        if not _KINDS[key][0](option[key]):
            return f"has an option whose {key} is not {_KINDS[key][1]}"
    return None


def _is_weight(value: object) -> bool:
    return _is_number(value) and -1 <= value <= 1  # type: ignore[operator]  # a number


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value == value and abs(value) < 1e9


def _is_text(value: object) -> bool:
    return type(value) is str


def _are_numbers(value: object) -> bool:
    return type(value) is list and all(map(_is_number, value))


def _are_worths(value: object) -> bool:
    return type(value) is dict and all(type(one) is str for one in value.values())


_KINDS = {
    **dict.fromkeys(_TEXTS, (_is_text, "a text")),
    **dict.fromkeys(_FLAGS, (lambda value: type(value) is bool, "true or false")),
    **dict.fromkeys(_WHOLE, (lambda value: type(value) is int, "a whole number")),
    "coords": (_are_numbers, "a list of numbers"),
    "units": (_are_worths, "an object of texts"),
}
