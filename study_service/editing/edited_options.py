"""The options of a question after an edit: which of those that it had they are, and what they keep."""

from collections.abc import Sequence
from typing import Any, NotRequired, TypedDict, cast

from shared_schema.problems import invalid
from study_service import grading, options
from study_service.grading import Option


class Sent(TypedDict):
    """An option as a moderator sends it, with what its type needs beside this; without an `id` it is one of this text.

    A `target` is the id of a target, or the text of one that is sent with it.
    """

    id: NotRequired[str]
    text: str
    isCorrect: bool
    isTarget: NotRequired[bool]
    target: NotRequired[str]


def meaning(option: Sent) -> str:
    """What a new id would stand for."""
    return options.meaning(cast("Option", option))


def checked(kind: str, sent: Sequence[Sent], present: Sequence[Option], earlier: Sequence[Option]) -> list[Option]:
    """The options as `listed` makes them. Invalid for ids that the question never had, and for options that cannot be
    told apart.
    """
    names = [option["id"] for option in sent if "id" in option]
    strange = set(names) - {option["id"] for option in earlier}
    if strange:
        raise invalid("answers", f"The question never had an option {min(strange)}.")
    if len(set(names)) < len(names):
        raise invalid("answers", "Two options have the same id.")
    if kind not in grading.IN_ORDER:
        if len(sent) < 2:
            raise invalid("answers", "A question has two options or more.")
        if len({meaning(option) for option in sent}) < len(sent):
            raise invalid("answers", "Two options have the same text.")
        if not all(option["text"].strip() for option in sent):
            raise invalid("answers", "An option has no text.")
    return listed(kind, sent, present, earlier)


def listed(kind: str, sent: Sequence[Sent], present: Sequence[Option], earlier: Sequence[Option]) -> list[Option]:
    """One that is sent with the id of an option is that option, whatever its text is now; one without is the option of
    its text, if the question has or had it, or else a new one.

    `present` are the options of the question, `earlier` those of its other versions, the latest first. What is sent is
    stored; of what is left out an option keeps what it has, and null takes it away.
    """
    known = {option["id"]: option for option in reversed([*present, *earlier])}
    names = _names(sent, present, earlier)
    targets = {option["text"]: name for option, name in zip(sent, names, strict=True) if option.get("isTarget")}
    stays = options.last([option["text"] for option in sent]) if kind in grading.CHOICES else [False] * len(sent)
    stored: list[Option] = []
    for option, name, last in zip(sent, names, stays, strict=True):
        before: dict[str, Any] = {**known.get(name, {})}
        values = {"id": name, **before, **option}
        if values.get("target") and values["target"] not in names:
            values["target"] = targets.get(values["target"], values["target"])
        if "fixed" not in option and last and before.get("text") != option["text"]:
            values["fixed"] = True
        stored.append(cast("Option", {key: value for key, value in values.items() if not _is_nothing(key, value)}))
    return stored


def _is_nothing(key: str, value: object) -> bool:
    """Whether an option that has this says the same as one that has not."""
    return value is None or (key in ("explanation", "fixed", "isTarget", "caseSensitive") and not value)


def _names(sent: Sequence[Sent], present: Sequence[Option], earlier: Sequence[Option]) -> list[str]:
    """An id for each of the options; no two have the same."""
    names = [option.get("id") for option in sent]
    for before in (present, earlier):
        of_meaning = {options.meaning(option): option["id"] for option in reversed(before)}
        for place, option in enumerate(sent):
            name = of_meaning.get(meaning(option))
            if names[place] is None and name not in names:
                names[place] = name
    taken = {*filter(None, names), *(option["id"] for option in (*present, *earlier))}
    made: list[str] = []
    for name, option in zip(names, sent, strict=True):
        made.append(name or options.made(meaning(option), taken))
        taken.add(made[-1])
    return made
