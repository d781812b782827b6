"""What the readers of interactions are given, and what they give back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from study_service.banks.bank import MAX_OPTIONS, Choice, QuestionType, Unusable
from study_service.banks.qti import names
from study_service.banks.qti.body import Texts
from study_service.banks.qti.declared import Response
from study_service.banks.qti.feedback import Feedback
from study_service.banks.qti.processing import Processing


@dataclass(slots=True)
class Asked:
    """An interaction of an item, with all that decides about its answers. Losses are noted in `texts`."""

    interaction: Element
    response: Response
    processing: Processing
    texts: Texts
    feedbacks: Sequence[Feedback]
    gaps: Sequence[str] = ()  # the identifiers of the gaps in the question text, which has them by their numbers

    def attribute(self, name: str, default: str = "") -> str:
        return self.interaction.get(name, default).strip()

    def limit(self, name: str) -> int:
        """A number of choices or pairs that learners may make; 0 is any number."""
        text = self.attribute(name)
        return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0


@dataclass(slots=True)
class Answer:
    """The type and the options of a question, and what belongs to the question as a whole."""

    type: QuestionType
    choices: tuple[Choice, ...]
    explanation: str | None = None
    image_url: str | None = None
    image_size: tuple[int, int] | None = None
    unit: str | None = None
    units: Mapping[str, str] = field(default_factory=dict)


def identified(elements: Sequence[Element], what: str, least: int = 2) -> list[str]:
    """The identifiers of an interaction's options. Unusable where two have the same, and for too few or too many."""
    if not least <= len(elements) <= MAX_OPTIONS:
        raise Unusable(f"{len(elements)} {what}, where {least} to {MAX_OPTIONS} are needed")
    listed = [names.needed(element, "identifier") for element in elements]
    if len(set(listed)) < len(listed):
        raise Unusable(f"two {what} have the same identifier")
    return listed


def distinct(texts: Sequence[str], what: str) -> None:
    """Unusable where two texts are the same: a learner could not tell them apart."""
    if len(set(texts)) < len(texts):
        raise Unusable(f"two {what} have the same text")
