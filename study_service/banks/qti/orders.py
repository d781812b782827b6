"""orderInteraction: options in an order."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise

from study_service.banks.bank import Choice, Unusable
from study_service.banks.qti import asked, body, feedback, names, scores
from study_service.banks.qti.asked import Answer, Asked
from study_service.banks.qti.feedback import Run
from study_service.banks.qti.values import Container

Order = tuple[str, ...]


def read(question: Asked) -> Answer:
    """Each option with its place in the right order; one that is not in it has none."""
    if question.response.cardinality != "ordered":
        raise Unusable("options are put in an order, but the cardinality of its response is not 'ordered'")
    elements = list(names.inside(question.interaction, "simpleChoice"))
    listed = asked.identified(elements, "options")
    texts = [body.text_of(question.texts, f"option {n}", element) for n, element in enumerate(elements, 1)]
    asked.distinct(texts, "options")
    right = _right(question, listed)
    runs = [Run(frozenset({n}), question.processing.run(answer)) for n, answer in enumerate(_boxed(right, listed))]
    comments = feedback.comments(question.feedbacks, runs, (), question.texts)
    choices = [
        Choice(
            text,
            is_correct=name in right,
            name=name,
            place=right.index(name) if name in right else None,
            fixed=names.is_true(element, "fixed") if "fixed" in element.attrib else None,
        )
        for text, name, element in zip(texts, listed, elements, strict=True)
    ]
    return Answer("drag_drop", tuple(choices), comments.question)


def _right(question: Asked, listed: Sequence[str]) -> Order:
    """The one order that earns most."""
    right = tuple(map(str, question.response.correct)) or _named(question)
    if len(right) < 2 or len(set(right)) < len(right) or not set(right) <= set(listed):
        raise Unusable("its right order is not one of two of its options at least")
    tried = [tuple(map(str, answer.values)) for answer in _boxed(right, listed)]
    earned = {order: question.processing.score(Container(order, ordered=True)) for order in tried}
    if max(earned.values()) <= 0 or len(set(earned.values())) == 1:
        scores.declared(question.processing, question.texts)
        earned = {order: Fraction(order == right) for order in tried}
    best = max(earned.values())
    if earned[right] < best or list(earned.values()).count(best) > 1:
        raise Unusable("its key cannot be expressed: more than one order, or another than the right one, earns most")
    scores.full_mark(best, question.texts)
    neighbours = set(pairwise(right))
    parts = [len(neighbours & set(pairwise(order))) / len(neighbours) for order in earned]
    scores.note_parts([score / best for score in earned.values()], parts, question.texts)
    return right


def _named(question: Asked) -> Order:
    orders = [value for value in question.processing.literals() if isinstance(value, Container) and value.ordered]
    if len(orders) != 1:
        raise Unusable("it does not say which order is right")
    return tuple(map(str, orders[0].values))


def _boxed(right: Order, listed: Sequence[str]) -> list[Container]:
    """Answers that are tried: the right order, backwards, with two neighbours changed, without one, and as listed."""
    return [Container(order, ordered=True) for order in dict.fromkeys(_orders(right, listed)) if order]


def _orders(right: Order, listed: Sequence[str]) -> Iterator[Order]:
    yield right
    yield right[::-1]
    yield tuple(listed)
    yield right[1:]
    yield right[:-1]
    for n, (first, second) in enumerate(pairwise(right)):
        yield (*right[:n], second, first, *right[n + 2 :])
