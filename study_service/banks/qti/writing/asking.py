"""What each type of question gives to the item that it is written as, and the XML they have in common."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from study_service.banks.bank import Choice, OptionKey
from study_service.banks.qti import identifiers
from study_service.banks.qti.writing.elements import Notes, element, text_element

RESPONSE, FEEDBACK = "RESPONSE", "FEEDBACK"
_TEMPLATES = "http://www.imsglobal.org/question/qti_v2p1/rptemplates/"
VARIABLE, CORRECT, MAPPED = (element(tag, {"identifier": RESPONSE}) for tag in ("variable", "correct", "mapResponse"))

Scoring = Literal["match_correct", "map_response", "map_response_point"]


@dataclass(frozen=True, slots=True)
class Asking:
    """XML of the parts of an item: the declaration of its response, interaction, processing, and comments on options.

    `feedback` is the cardinality of the outcome that shows the comments, None where there are none.
    """

    declaration: str
    interaction: str
    processing: str
    comments: Sequence[str] = ()
    feedback: str | None = None


def declaration(cardinality: str, base_type: str, correct: Sequence[str], mapping: str = "") -> str:
    listed = element("correctResponse", None, *(text_element("value", one) for one in correct)) if correct else ""
    attributes = {"identifier": RESPONSE, "cardinality": cardinality, "baseType": base_type}
    return element("responseDeclaration", attributes, listed + mapping)


def bounds(default: float = 0) -> Mapping[str, str]:
    """The attributes of a mapping: scores are from 0 to 1 here."""
    return {"lowerBound": "0", "upperBound": "1", "defaultValue": number(default)}


def template(name: Scoring) -> str:
    return element("responseProcessing", {"template": _TEMPLATES + name})


def score(expression: str) -> str:
    """A statement that sets the score."""
    return element("setOutcomeValue", {"identifier": "SCORE"}, expression)


def base(base_type: str, text: str) -> str:
    return text_element("baseValue", text, {"baseType": base_type})


def branch(tag: Literal["responseIf", "responseElseIf", "responseElse"], *content: str) -> str:
    return element(tag, None, *content)


def condition(*branches: str) -> str:
    return element("responseCondition", None, *branches)


def shows(expression: str) -> str:
    """A statement that shows comments."""
    return element("setOutcomeValue", {"identifier": FEEDBACK}, expression)


def comment(identifier: str, markup: str) -> str:
    attributes = {"outcomeIdentifier": FEEDBACK, "identifier": identifier, "showHide": "show"}
    return element("modalFeedback", attributes, markup)


def number(amount: float) -> str:
    """A number without a point that it does not need."""
    return str(int(amount)) if amount == int(amount) else repr(amount)


def named(choices: Sequence[Choice], notes: Notes) -> list[str]:
    """The identifiers of options: by their names, or by their numbers where they have none or two the same."""
    listed = [identifiers.written(choice.name, place) for place, choice in enumerate(choices, 1)]
    if len(set(listed)) == len(listed):
        return listed
    notes.lose("the names of the options: two have the same")
    return [identifiers.written(None, place) for place in range(1, len(choices) + 1)]


def lose_extras(choices: Sequence[Choice], notes: Notes, *kept: OptionKey | Literal["name"]) -> None:
    """Note what options have that is not written, but for what is `kept`."""
    for place, choice in enumerate(choices, 1):
        there = {
            "explanation": ("the feedback", choice.explanation is not None),
            "weight": ("the credit", choice.weight is not None),
            "fixed": ("the fixed place", choice.fixed is not None),
            "name": ("the name", choice.name is not None),
            "case_sensitive": ("the case of the letters", choice.case_sensitive),
        }
        for key, (words, is_there) in there.items():
            notes.lose(f"{words} of option {place}", when=is_there and key not in kept)
