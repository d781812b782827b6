"""Feedback: which of an item's comments belong to an option, and which to the question."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from study_service.banks.bank import Unusable
from study_service.banks.qti import names, values
from study_service.banks.qti.body import FEEDBACKS, Body, Texts
from study_service.banks.qti.values import Value

MAX_FEEDBACKS = 200  # of an item
Outcomes = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Feedback:
    """A comment. It is shown where the outcome has the identifier; or, if it `hides`, where it has not.

    `option` is the identifier of the option that it stands in, if any.
    """

    outcome: str
    identifier: str
    hides: bool
    text: str
    option: str | None = None

    def is_shown(self, outcomes: Outcomes) -> bool:
        return (self.identifier in values.listed(outcomes.get(self.outcome))) is not self.hides


@dataclass(frozen=True, slots=True)
class Run:
    """The outcomes of an answer, and which options were in it, by their places."""

    options: frozenset[int]
    outcomes: Outcomes


@dataclass(frozen=True, slots=True)
class Comments:
    """What explains the question, and what each of its options."""

    question: str | None
    options: list[str | None]


def feedbacks(item: Element, texts: Texts) -> list[Feedback]:
    """All of an item's comments in their order, but for empty ones."""
    holders = {id(inner): option for option in names.inside(item, "simpleChoice") for inner in option}
    elements = list(names.inside(item, *FEEDBACKS))
    if len(elements) > MAX_FEEDBACKS:
        raise Unusable(f"it has more than {MAX_FEEDBACKS} feedbacks")
    listed = [_feedback(element, holders.get(id(element)), texts) for element in elements]
    return [feedback for feedback in listed if feedback.text]


def comments(listed: Sequence[Feedback], runs: Sequence[Run], identifiers: Sequence[str], texts: Texts) -> Comments:
    """Which comment belongs to what. `identifiers` are those of the options, in their order.

    What is shown whatever one answers explains the question. What is shown if and only if an option is in the answer
    explains the option; where an answer is one option, several options may show the same. The rest is lost.
    """
    question, options = [], [[] for _ in identifiers]  # type: list[str], list[list[str]]
    for feedback in listed:
        shown = [run.options for run in runs if feedback.is_shown(run.outcomes)]
        if runs and len(shown) == len(runs):
            question.append(feedback.text)
            continue
        owners = _owners(feedback, shown, runs, identifiers)
        for owner in owners:
            options[owner].append(feedback.text)
        if not owners:
            texts.losses.append(f"a feedback that belongs to no single option is lost: {feedback.text[:60]!r}")
    return Comments(_joined(question), [_joined(texts) for texts in options])


def _owners(
    feedback: Feedback, shown: Sequence[frozenset[int]], runs: Sequence[Run], identifiers: Sequence[str]
) -> list[int]:
    """The options that a comment explains, by their places."""
    if not shown and feedback.option in identifiers:
        return [identifiers.index(feedback.option)]  # it stands in the option, and nothing says when to show it
    if all(len(run.options) == 1 for run in runs):
        return sorted(place for place in set().union(*shown) if place < len(identifiers))
    return [
        place
        for place in range(len(identifiers))
        if all(feedback.is_shown(run.outcomes) is (place in run.options) for run in runs)
    ]


def _feedback(element: Element, holder: Element | None, texts: Texts) -> Feedback:
    return Feedback(
        outcome=element.get("outcomeIdentifier", ""),
        identifier=element.get("identifier", ""),
        hides=element.get("showHide", "show").strip() == "hide",
        text=texts.feedback("a feedback", Body(texts).html(element)),
        option=None if holder is None else holder.get("identifier"),
    )


def _joined(texts: Sequence[str]) -> str | None:
    return "\n".join(texts) or None
