"""Questions whose answer is a text, as textEntryInteraction."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from study_service.banks.bank import Choice, Question, Unusable
from study_service.banks.qti.entries import ANY
from study_service.banks.qti.writing import asking, weights
from study_service.banks.qti.writing.asking import MAPPED, RESPONSE, VARIABLE, Asking
from study_service.banks.qti.writing.elements import Notes, element

_WILDCARD, _STAR = re.compile(r"(?<!\\)\*"), re.compile(r"\\\*")
INTERACTION = element("textEntryInteraction", {"responseIdentifier": RESPONSE})


def write(question: Question, notes: Notes) -> Asking:
    """A question whose accepted texts are mapped, in their order: the first one that fits decides there, too."""
    listed, other = _accepted(question.choices, notes)
    if not any(choice.is_correct for choice in listed):
        raise Unusable("none of its right answers is without wildcards")
    worths = weights.of_one(listed, notes)
    entries = [
        element("mapEntry", _entry(choice) | {"mappedValue": asking.number(1 if choice.is_correct else worth or 0)})
        for choice, worth in zip(listed, worths, strict=True)
    ]
    first = next(choice.text for choice in listed if choice.is_correct)
    comments = Comments([choice.explanation for choice in listed], other)
    return Asking(
        declaration=asking.declaration("single", "string", [first], element("mapping", asking.bounds(), *entries)),
        interaction=INTERACTION,
        processing=_processing(listed, comments) if comments.listed else asking.template("map_response"),
        comments=comments.written(notes),
        feedback="single" if comments.listed else None,
    )


@dataclass(frozen=True, slots=True)
class Comments:
    """What is said about each accepted answer, and about all others."""

    accepted: Sequence[str | None]
    other: str | None

    @property
    def listed(self) -> list[tuple[str, str]]:
        """Each with its identifier."""
        named = [(f"feedback-{place}", text) for place, text in enumerate(self.accepted, 1)]
        return [(name, text) for name, text in [*named, ("feedback-other", self.other)] if text is not None]

    def written(self, notes: Notes) -> list[str]:
        return [asking.comment(name, notes.markup("a feedback", text)) for name, text in self.listed]

    def shown(self, place: int) -> str:
        """The statement that shows the comment on the answer of this place, from 0."""
        return _shows(f"feedback-{place + 1}") if self.accepted[place] is not None else ""

    def shown_else(self) -> list[str]:
        return [] if self.other is None else [asking.branch("responseElse", _shows("feedback-other"))]


def _shows(identifier: str) -> str:
    return asking.shows(asking.base("identifier", identifier))


def catch_all(choices: Sequence[Choice], notes: Notes) -> tuple[Sequence[Choice], str | None]:
    """The choices but for a last one that any answer fits, and what is said about that."""
    if not choices or choices[-1].text != ANY or choices[-1].number or choices[-1].is_correct:
        return choices, None
    notes.lose("the credit of any other answer", when=choices[-1].weight)
    notes.lose("any other answer: nothing is said about it", when=choices[-1].explanation is None)
    return choices[:-1], choices[-1].explanation


def _accepted(choices: Sequence[Choice], notes: Notes) -> tuple[list[Choice], str | None]:
    """The accepted texts without wildcards, as they are, and what is said about all others."""
    asking.lose_extras(choices, notes, "explanation", "weight", "case_sensitive")
    choices, other = catch_all(choices, notes)
    listed: list[Choice] = []
    for choice in choices:
        if _WILDCARD.search(choice.text):
            notes.lose(f"the accepted text {choice.text!r}: it has a wildcard")
            continue
        plain = replace(choice, text=notes.plain("an accepted text", _STAR.sub("*", choice.text)))
        if not plain.text or any(_fits(earlier, plain.text) for earlier in listed):
            notes.lose(f"the accepted text {choice.text!r}: one before it accepts it")
        else:
            listed.append(plain)
    return listed, other


def _fits(choice: Choice, text: str) -> bool:
    return choice.text == text or (not choice.case_sensitive and choice.text.casefold() == text.casefold())


def _entry(choice: Choice) -> dict[str, str]:
    return {"mapKey": choice.text, "caseSensitive": str(choice.case_sensitive).lower()}


def _processing(listed: Sequence[Choice], comments: Comments) -> str:
    branches = [
        asking.branch("responseElseIf" if place else "responseIf", _test(choice), comments.shown(place))
        for place, choice in enumerate(listed)
    ]
    shown = asking.condition(*branches, *comments.shown_else())
    return element("responseProcessing", None, asking.score(MAPPED), shown)


def _test(choice: Choice) -> str:
    attributes = {"caseSensitive": str(choice.case_sensitive).lower()}
    return element("stringMatch", attributes, VARIABLE, asking.base("string", choice.text))
