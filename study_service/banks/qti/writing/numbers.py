"""Questions whose answer is a number, as textEntryInteraction with a test for each accepted number or range."""

from collections.abc import Sequence

from shared_schema import rows
from study_service.banks.bank import Choice, Question, Unusable
from study_service.banks.qti import numbers
from study_service.banks.qti.numbers import Accepted
from study_service.banks.qti.writing import asking, entries, weights
from study_service.banks.qti.writing.asking import VARIABLE, Asking
from study_service.banks.qti.writing.elements import Notes, element
from study_service.banks.qti.writing.entries import INTERACTION, Comments
from study_service.grading import numeric
from study_service.grading.document import Option


def write(question: Question, notes: Notes) -> Asking:
    notes.lose(f"its unit, {question.unit}", when=question.unit)
    notes.lose(f"its other units, {', '.join(question.units)}", when=question.units)
    asking.lose_extras(question.choices, notes, "explanation", "weight")
    choices, other = entries.catch_all(question.choices, notes)
    listed = _deciding(choices, notes)
    comments = Comments([choice.explanation for choice in listed], other)
    worths = weights.of_one(listed, notes)
    for place, worth in enumerate(worths, 1):
        notes.lose(f"the penalty of option {place}", when=worth and worth < 0)
    branches = [
        asking.branch(
            "responseElseIf" if place else "responseIf",
            _test(choice),
            asking.score(asking.base("float", asking.number(1 if choice.is_correct else max(0, worth or 0)))),
            comments.shown(place),
        )
        for place, (choice, worth) in enumerate(zip(listed, worths, strict=True))
    ]
    return Asking(
        declaration=asking.declaration("single", "float", [_key(listed)]),
        interaction=INTERACTION,
        processing=element("responseProcessing", None, asking.condition(*branches, *comments.shown_else())),
        comments=comments.written(notes),
        feedback="single" if comments.listed else None,
    )


def _deciding(choices: Sequence[Choice], notes: Notes) -> list[Choice]:
    """The options that accept a number which none before them accepts."""
    listed: list[Choice] = []
    ranges: list[Accepted] = []
    for choice in choices:
        try:
            accepted = numbers.of(choice.number)
            numbers.own(accepted, ranges)
        except (KeyError, Unusable):
            notes.lose(f"the accepted number {choice.text!r}: it is any number, or one before it accepts it")
            continue
        notes.lose(f"the spelling of {choice.text!r}", when=choice.text != accepted.text)
        ranges.append(accepted)
        listed.append(choice)
    return listed


def _key(choices: Sequence[Choice]) -> str:
    options: list[Option] = []
    for choice in choices:
        option: Option = {"id": "", "text": choice.text, "isCorrect": choice.is_correct}
        option.update(choice.number)  # type: ignore[typeddict-item]  # value, tolerance, low and high are texts
        options.append(option)
    try:
        return numeric.key(options)
    except rows.Unusable:
        raise Unusable("it has no right number") from None


def _test(choice: Choice) -> str:
    number = choice.number
    if "low" in number:
        low, high = (asking.base("float", number[end]) for end in ("low", "high"))
        return element("and", None, element("gte", None, VARIABLE, low), element("lte", None, VARIABLE, high))
    if "tolerance" not in number:
        return element("equal", {"toleranceMode": "exact"}, VARIABLE, asking.base("float", number["value"]))
    tolerance = f"{number['tolerance']} {number['tolerance']}"
    attributes = {"toleranceMode": "absolute", "tolerance": tolerance}
    return element("equal", attributes, VARIABLE, asking.base("float", number["value"]))
