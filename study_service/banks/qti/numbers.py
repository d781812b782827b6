"""textEntryInteraction for a number: which numbers and ranges its response processing accepts."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction
from xml.etree.ElementTree import Element

from study_service.banks.bank import MAX_OPTIONS, Choice, Unusable
from study_service.banks.qti import feedback, names, operators, scores, values
from study_service.banks.qti.asked import Answer, Asked
from study_service.banks.qti.declared import Entry
from study_service.banks.qti.entries import ANY
from study_service.banks.qti.feedback import Run
from study_service.grading import numeric
from study_service.grading.document import Option

_STEPS = 16  # in which a range is searched for a number that is in no other
_RANGE = ("gte", "lte")


@dataclass(frozen=True, slots=True)
class Accepted:
    """Numbers that may be accepted, from `low` to `high`, as our options and as an author write them."""

    low: Fraction
    high: Fraction
    number: Mapping[str, str]
    text: str

    def holds(self, number: Fraction) -> bool:
        return self.low <= number <= self.high


def read(question: Asked) -> Answer:
    """The accepted numbers, in the order in which they are looked at; and, if it has feedback, any other number."""
    if question.response.cardinality != "single":
        raise Unusable("a number is written, but the cardinality of its response is not 'single'")
    accepted = list({(one.low, one.high): one for one in _accepted(question)}.values())
    if not accepted:
        raise Unusable("it does not say which number is right")
    if len(accepted) > MAX_OPTIONS:
        raise Unusable(f"{len(accepted)} accepted numbers, where at most {MAX_OPTIONS} may be")
    parts = [own(one, accepted[:n]) for n, one in enumerate(accepted)]
    parts.append(max(max(abs(one.low), abs(one.high)) for one in accepted) * 2 + 1_000_000)  # is in none of them
    key = scores.of_one(question.processing, parts, question.texts, others=True)
    runs = [Run(frozenset({n}), question.processing.run(part)) for n, part in enumerate(parts)]
    comments = feedback.comments(question.feedbacks, runs, [str(n) for n in range(len(parts))], question.texts)
    choices = [
        Choice(one.text, right, explanation, weight, number=one.number)
        for one, right, weight, explanation in zip(accepted, key.rights, key.weights, comments.options, strict=False)
    ]
    _check(question, accepted, choices, parts)
    if other := comments.options[-1]:
        choices.append(Choice(ANY, False, other))
    return Answer("numeric", tuple(choices), comments.question)


def own(one: Accepted, before: Sequence[Accepted]) -> Fraction:
    """A number that this one decides about: none before it accepts it."""
    steps = (Fraction(step, _STEPS) for step in (_STEPS // 2, *range(_STEPS + 1)))
    for number in (one.low + (one.high - one.low) * step for step in steps):
        if not any(other.holds(number) for other in before):
            return number
    raise Unusable("its key cannot be expressed: a number is accepted that others before it have accepted")


def _accepted(question: Asked) -> Iterator[Accepted]:
    """Every number and range that the item names."""
    response, mapping = question.response, question.processing.mapping()
    statements = question.processing.statements
    ranges = [one for statement in statements for element in statement.iter() for one in _ranges(element, question)]
    yield from ranges
    for entry in mapping.entries if mapping else ():
        if isinstance(entry, Entry) and isinstance(entry.key, Fraction):
            yield _exactly(entry.key)
    for number in response.correct:
        if isinstance(number, Fraction) and not any(one.holds(number) for one in ranges):
            yield _exactly(number)


def _ranges(element: Element, question: Asked) -> Iterator[Accepted]:
    """What an operator compares the response with."""
    identifier = question.response.identifier
    if not any(child.tag == "variable" and child.get("identifier") == identifier for child in element.iter()):
        return
    numbers = [_stated(child, question) for child in element if child.tag in ("baseValue", "correct")]
    if element.tag in ("equal", "match") and len(numbers) == 1:
        yield _around(element, *numbers)
    elif element.tag == "and":
        limits = {child.tag: names.text(inner) for child in element for inner in child if inner.tag == "baseValue"}
        if set(_RANGE) <= limits.keys():
            yield _between(*(limits[tag] for tag in _RANGE))


def _stated(element: Element, question: Asked) -> str:
    if element.tag == "baseValue":
        return names.text(element)
    correct = question.response.correct
    if len(correct) != 1 or not isinstance(correct[0], Fraction):
        raise Unusable("its correctResponse is not one number")
    return written(correct[0])


def _around(element: Element, value: str) -> Accepted:
    if element.tag == "match" or element.get("toleranceMode", "exact") == "exact":
        return of({"value": value})
    middle = values.number(value)
    below, above = operators.margins(element, middle)
    if below != above:
        return _between(written(middle - below), written(middle + above))
    stated = element.get("tolerance", "").split()[0]
    return of({"value": value, "tolerance": stated if element.get("toleranceMode") == "absolute" else written(above)})


def of(number: Mapping[str, str]) -> Accepted:
    """What an option of ours accepts."""
    if "low" in number:
        return _between(number["low"], number["high"])
    middle, margin = values.number(number["value"]), values.number(number.get("tolerance", "0"))
    text = f"{number['value']}:{number['tolerance']}" if "tolerance" in number else number["value"]
    return Accepted(middle - margin, middle + margin, number, text)


def _between(low: str, high: str) -> Accepted:
    return Accepted(values.number(low), values.number(high), {"low": low, "high": high}, f"{low}..{high}")


def _exactly(number: Fraction) -> Accepted:
    return of({"value": written(number)})


def written(number: Fraction) -> str:
    """A number as decimal text. Unusable for one with too many digits."""
    with localcontext(prec=numeric.LONGEST * 2):
        text = f"{(Decimal(number.numerator) / Decimal(number.denominator)).normalize():f}"
    if len(text) > numeric.LONGEST:
        raise Unusable(f"a number has more than {numeric.LONGEST} digits")
    return text


def _check(question: Asked, accepted: Sequence[Accepted], choices: Sequence[Choice], parts: Sequence[Fraction]) -> None:
    """Unusable unless our grading accepts the same numbers, at the ends of each range and behind them."""
    best = max(question.processing.score(part) for part in parts)
    if best <= 0:
        return
    step = Fraction(1) if question.response.base_type == "integer" else Fraction(1, 10**9)
    ends = [end for one in accepted for end in (one.low, one.high, one.low - step, one.high + step)]
    for number in dict.fromkeys([*ends, *parts]):
        theirs, ours = question.processing.score(number) / best, numeric.grade(_options(choices), written(number))
        if (theirs == 1) is not ours.is_correct:
            raise Unusable(f"its key cannot be expressed: {written(number)} is right or wrong against its limits")


def _options(choices: Sequence[Choice]) -> list[Option]:
    listed: list[Option] = []
    for choice in choices:
        option: Option = {"id": "", "text": choice.text, "isCorrect": choice.is_correct}
        option.update(choice.number)  # type: ignore[typeddict-item]  # `number` holds keys of Option
        listed.append(option)
    return listed
