"""The options of a file's questions as they are stored."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, cast

from shared_schema.fields import dumps, loads
from study_service import grading, options
from study_service.banks.bank import Choice, Question
from study_service.grading import Option, numeric


def listed(question: Question) -> list[Option]:
    """The options in the file's order, with the ids that they have in a new question."""
    stays = _last(question)
    whole = _of_question(question)
    stored = [_option(choice, last) for choice, last in zip(question.choices, stays, strict=True)]
    named = options.identified([*stored, *_targets(question)])
    return [_named(cast("Option", {**option, **whole})) for option in named]


def kept(kind: str, answers: str, stored: str, carried: Collection[str]) -> str:
    """The options of a file as a stored question gets them: with the ids they have there, or as they are there.

    What the file's format cannot say of an option, all but the `carried`, stays as it is.
    """
    before, known = grading.readable_or_none(loads(stored)), loads(answers)
    if before is None:
        return answers
    of = {option["id"]: option for option in before}
    if not any("weight" in option for option in before) and _are_needed(known):
        known = [cast("Option", {key: option[key] for key in option if key != "weight"}) for option in known]
    known = _as_written(known, before)
    now = [_named(_with(option, of.get(option["id"]), carried)) for option in options.identified(known, before)]
    return stored if options.same(now, before, in_order=kind in grading.IN_ORDER) else dumps(now)


def _as_written(listed: Sequence[Option], before: Sequence[Option]) -> list[Option]:
    """The options, in which a number or region that is there already is written as it is there: 90..110 for 100:10."""
    there = {_place(option): option for option in before if _place(option)}
    written: list[Option] = []
    for option in listed:
        known = there.get(_place(option))
        values: dict[str, Any] = {key: value for key, value in option.items() if known is None or key not in _LIMITS}
        if known is not None:
            values |= {"text": known["text"]} | {key: value for key, value in known.items() if key in _LIMITS}
        written.append(cast("Option", values))
    return written


_LIMITS = ("value", "tolerance", "low", "high")


def _place(option: Option) -> tuple[object, ...] | None:
    """What an option accepts: the lowest and the highest number, or a region of a picture."""
    if "region" in option:
        return option["region"], *option.get("coords", ())
    first = numeric.exact(option.get("value", option.get("low", "")))
    second = numeric.exact(option.get("tolerance", option.get("high", "0")))
    if first is None or second is None:
        return None
    return (first - second, first + second) if "value" in option else (first, second)


def _are_needed(listed: Sequence[Option]) -> bool:
    """Whether the weights of a set only say which options are right: in formats that have no other way to say that, the
    right ones share the credit, and a wrong one costs all of it.
    """
    right = sum(option["isCorrect"] for option in listed)
    return right > 0 and all(
        abs(option.get("weight", 2) - (1 / right if option["isCorrect"] else -1)) < 1e-4 for option in listed
    )


# What an option may have beside its text and key, and a format cannot say.
SAID = ("explanation", "weight", "fixed", "caseSensitive", "unit", "units", "externalId")


def _with(option: Option, before: Option | None, carried: Collection[str]) -> Option:
    if before is None:
        return option
    values: dict[str, Any] = dict(option)
    for key in SAID:
        if _is_carried(key, option, carried):
            continue
        values.pop(key, None)
        if key in before and (key != "weight" or before["isCorrect"] == option["isCorrect"]):
            values[key] = before[key]  # type: ignore[literal-required]  # a key of an option
    return cast("Option", values)


def _is_carried(key: str, option: Option, carried: Collection[str]) -> bool:
    """Whether the format says this of such an option."""
    if key == "explanation" and "region" in option:
        return "regions" in carried
    return key in carried or (key == "externalId" and key in option)


def _named(option: Option) -> Option:
    """The option without the id of the file where that is its own."""
    return cast("Option", {key: value for key, value in option.items() if key != "externalId" or value != option["id"]})


def _last(question: Question) -> list[bool]:
    if question.type not in grading.CHOICES:
        return [bool(choice.fixed) for choice in question.choices]
    by_text = options.last([choice.text for choice in question.choices])
    return [
        last if choice.fixed is None else choice.fixed for choice, last in zip(question.choices, by_text, strict=True)
    ]


def _of_question(question: Question) -> dict[str, Any]:
    """What each option says of the question as a whole."""
    whole: dict[str, Any] = {}
    if question.unit is not None:
        whole["unit"] = question.unit
    if question.units:
        whole["units"] = dict(question.units)
    if question.image_size is not None:
        whole["imageWidth"], whole["imageHeight"] = question.image_size
    return whole


def _option(choice: Choice, last: bool) -> Option:
    """An option without its id; a target's stands for it until it has one, see `options.identified`."""
    option: dict[str, Any] = {"id": "", "text": choice.text, "isCorrect": choice.is_correct}
    if choice.explanation:
        option["explanation"] = choice.explanation
    if choice.weight is not None:
        option["weight"] = choice.weight
    if last:
        option["fixed"] = True
    if choice.name is not None:
        option["externalId"] = choice.name
    if choice.target is not None:
        option["target"] = choice.target
    if choice.is_target:
        option |= {"id": choice.text, "isTarget": True}
    if choice.place is not None:
        option["place"] = choice.place
    if choice.case_sensitive:
        option["caseSensitive"] = True
    if choice.region is not None:
        option |= {"region": choice.region, "coords": list(choice.coords)}
    option |= _limits(choice.number)
    return cast("Option", option)


def _limits(number: Mapping[str, str]) -> dict[str, str]:
    return {key: number[key] for key in ("value", "tolerance", "low", "high") if key in number}


def _targets(question: Question) -> Sequence[Option]:
    """The targets of its options, each once; several options may have the same one."""
    own = {choice.text for choice in question.choices if choice.is_target}
    named = dict.fromkeys(choice.target for choice in question.choices if choice.target is not None)
    return [{"id": text, "text": text, "isCorrect": False, "isTarget": True} for text in named if text not in own]
