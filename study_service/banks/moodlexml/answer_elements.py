"""The options of a question as elements of a Moodle file."""

from decimal import Decimal
from fractions import Fraction
from xml.etree.ElementTree import Element, SubElement

from study_service import options
from study_service.banks.bank import Choice, Question, Unusable
from study_service.banks.moodlexml import parts, units
from study_service.banks.moodlexml.answers import rounded
from study_service.banks.moodlexml.choices import ROUNDED

_TRUTHS = ("true", "false")


def kind(asked: Question) -> str:
    """Moodle's type. Unusable where it has none."""
    match asked.type:
        case "multiple_choice" | "multi_select":
            return "multichoice"
        case "true_false":
            return "truefalse"
        case "short_answer":
            return "shortanswer"
        case "numeric":
            return "numerical"
        case "drag_drop":
            return "matching" if _is_paired(asked) else "ordering"
        case _:
            raise Unusable("its picture would have to be in the file")


def add(element: Element, asked: Question) -> None:
    """Add the options, and the settings of the type."""
    match kind(asked):
        case "multichoice":
            _add_multichoice(element, asked)
        case "truefalse":
            _add_truefalse(element, asked)
        case "matching":
            _add_pairs(element, asked)
        case "ordering":
            _add_order(element, asked)
        case _:
            _add_accepted(element, asked)


def _is_paired(asked: Question) -> bool:
    return any(choice.is_target or choice.target is not None for choice in asked.choices)


def stays(asked: Question) -> list[bool]:
    """Which options stay behind the shuffled ones: those of which it is stated, or whose text tells it."""
    told = options.last([choice.text for choice in asked.choices])
    return [last if choice.fixed is None else choice.fixed for choice, last in zip(asked.choices, told, strict=True)]


def _add_multichoice(element: Element, asked: Question) -> None:
    single = asked.type == "multiple_choice"
    weighted = single or _is_weighted(asked)
    shuffled = "false" if all(stays(asked)) else "true"
    parts.settings(element, single=str(single).lower(), shuffleanswers=shuffled, answernumbering="abc")
    if not weighted:
        parts.settings(element, weights="none")
    for choice in asked.choices:
        fraction = _earned(choice) if single else _percent(choice.weight or 0) if weighted else _even(asked, choice)
        _add_answer(element, choice, choice.text, fraction)


def _is_weighted(asked: Question) -> bool:
    """Whether the credits say by themselves which options are right, and add up to full credit."""
    weights = [(choice.is_correct, choice.weight or 0.0) for choice in asked.choices]
    gains = sum(weight for is_correct, weight in weights if is_correct)
    return all((weight > 0) == is_correct for is_correct, weight in weights) and abs(gains - 1) <= ROUNDED


def _even(asked: Question, choice: Choice) -> str:
    """What an option is worth without credits, as our grading has it: see `grading.choices`."""
    right = sum(option.is_correct for option in asked.choices)
    wrong = len(asked.choices) - right
    return _per_cent(Fraction(1, right) if choice.is_correct else -Fraction(1, max(1, min(right, wrong))))


def _earned(choice: Choice) -> str:
    return "100" if choice.is_correct else _percent(choice.weight or 0)


def _percent(weight: float) -> str:
    meant = rounded(weight)
    return f"{Decimal(str(weight)).scaleb(2).normalize():f}" if meant is None else _per_cent(meant)


def _per_cent(weight: Fraction) -> str:
    """With five digits, as Moodle writes it."""
    return f"{float(100 * weight):.5f}".rstrip("0").rstrip(".")


def _add_answer(element: Element, choice: Choice, text: str, fraction: str, **settings: str) -> None:
    answer = parts.formatted(element, "answer", text, fraction=fraction)
    parts.formatted(answer, "feedback", choice.explanation or "")
    parts.settings(answer, **settings)


def _add_truefalse(element: Element, asked: Question) -> None:
    words = [choice.text.lower() for choice in asked.choices]
    if sorted(words) != sorted(_TRUTHS):
        raise Unusable("its options are not True and False")
    for choice, word in zip(asked.choices, words, strict=True):
        _add_answer(element, choice, word, _earned(choice))


def _add_accepted(element: Element, asked: Question) -> None:
    """Accepted texts or numbers, which are plain text."""
    if asked.type == "short_answer":
        parts.settings(element, usecase=str(int(all(choice.case_sensitive for choice in asked.choices))))
    for choice in asked.choices:
        text, settings = _number(choice) if asked.type == "numeric" else (choice.text, {})
        answer = SubElement(element, "answer", fraction=_earned(choice), format="plain_text")
        parts.plain(answer, text)
        parts.formatted(answer, "feedback", choice.explanation or "")
        parts.settings(answer, **settings)
    units.add(element, asked)


def _number(choice: Choice) -> tuple[str, dict[str, str]]:
    """A number and its tolerance; Moodle has no ranges."""
    if "value" in choice.number:
        return choice.number["value"], {"tolerance": choice.number.get("tolerance", "0")}
    if "low" not in choice.number:
        return "*", {"tolerance": "0"}
    low, high = Decimal(choice.number["low"]), Decimal(choice.number["high"])
    return units.text((low + high) / 2), {"tolerance": units.text((high - low) / 2)}


def _add_pairs(element: Element, asked: Question) -> None:
    parts.settings(element, shuffleanswers="true")
    for choice in asked.choices:
        pair = parts.formatted(element, "subquestion", "" if choice.is_target else choice.text)
        parts.plain(SubElement(pair, "answer"), choice.text if choice.is_target else choice.target or "")


def _add_order(element: Element, asked: Question) -> None:
    placed = [(choice.place, choice) for choice in asked.choices if choice.place is not None]
    if len(placed) < len(asked.choices):
        raise Unusable("it has options that belong nowhere")
    parts.settings(element, layouttype="VERTICAL", selecttype="ALL", selectcount="0", showgrading="SHOW")
    parts.settings(element, gradingtype="RELATIVE_NEXT_EXCLUDE_LAST", numberingstyle="none")
    for number, (_, choice) in enumerate(sorted(placed, key=lambda pair: pair[0]), 1):
        _add_answer(element, choice, choice.text, str(number))
