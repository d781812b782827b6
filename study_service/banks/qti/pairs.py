"""matchInteraction and gapMatchInteraction: a target for each option."""

from collections import Counter
from collections.abc import Iterator, Mapping
from fractions import Fraction
from xml.etree.ElementTree import Element

from study_service.banks.bank import Choice, Unusable
from study_service.banks.qti import asked, body, feedback, scores
from study_service.banks.qti.asked import Answer, Asked
from study_service.banks.qti.declared import Entry
from study_service.banks.qti.feedback import Run
from study_service.banks.qti.values import Value

Texts = Mapping[str, str]
Pairs = dict[str, str]  # the target of each option, by their identifiers


def match(question: Asked) -> Answer:
    """The first list with targets in the second; the other way round where only that gives each option one target."""
    sides = [element for element in question.interaction if element.tag == "simpleMatchSet"]
    if len(sides) != 2:
        raise Unusable("its options to match are not two lists")
    left, right = (_texts(question, list(side)) for side in sides)
    firsts = Counter(first for first, _ in _correct(question))
    if firsts and max(firsts.values()) > 1:
        return _answer(question, right, left, backwards=True)
    return _answer(question, left, right, backwards=False)


def gaps(question: Asked) -> Answer:
    """The gaps, in the question text by their numbers, with the texts that belong into them."""
    elements = [element for element in question.interaction if element.tag == "gapText"]
    if len(elements) < sum(element.tag.startswith("gap") for element in question.interaction):
        raise Unusable("what its gaps take are pictures")
    places = {name: f"[{n}]" for n, name in enumerate(question.gaps, 1)}
    return _answer(question, places, _texts(question, elements), backwards=True)


def _texts(question: Asked, elements: list[Element]) -> Texts:
    listed = asked.identified(elements, "options to match", least=1)
    texts = [body.text_of(question.texts, f"option {n}", element) for n, element in enumerate(elements, 1)]
    asked.distinct(texts, "options to match")
    return dict(zip(listed, texts, strict=True))


def _correct(question: Asked) -> list[tuple[str, str]]:
    """The right pairs as the item has them."""
    if question.response.cardinality != "multiple" or question.response.base_type != "directedPair":
        raise Unusable("pairs are made, but its response is no set of directed pairs")
    listed = [str(pair) for pair in question.response.correct] or _mapped(question)
    return [(first, second) for first, _, second in (pair.partition(" ") for pair in listed)]


def _mapped(question: Asked) -> list[str]:
    mapping = question.processing.mapping()
    entries = mapping.entries if mapping is not None and mapping.default <= 0 else ()
    listed = [str(entry.key) for entry in entries if isinstance(entry, Entry) and entry.worth > 0]
    if not listed:
        raise Unusable("it does not say which pairs are right")
    return listed


def _answer(question: Asked, options: Texts, targets: Texts, *, backwards: bool) -> Answer:
    pairs = [pair[::-1] if backwards else pair for pair in _correct(question)]
    right = dict(pairs)
    if len(right) < len(pairs):
        raise Unusable("its key cannot be expressed: an option belongs to more than one other")
    if right.keys() != options.keys() or not set(right.values()) <= targets.keys():
        raise Unusable("its key cannot be expressed: an option belongs to none, or to one that is not there")
    if len(right) < 2:
        raise Unusable("two pairs are needed at least")
    _check(question, right, targets, backwards=backwards)
    listed = [Choice(text, True, target=targets[right[name]], name=name) for name, text in options.items()]
    listed += [Choice(text, False, is_target=True, name=name) for name, text in targets.items()]
    answers = [_boxed(question, pairs, backwards=backwards) for pairs in _answers(right, targets)]
    runs = [Run(frozenset({n}), question.processing.run(answer)) for n, answer in enumerate(answers)]
    return Answer("drag_drop", tuple(listed), feedback.comments(question.feedbacks, runs, (), question.texts).question)


def _check(question: Asked, right: Pairs, targets: Texts, *, backwards: bool) -> None:
    """Unusable where other pairs earn as much. What part of them earns is told, where we give it otherwise."""
    tried = list(_answers(right, targets))
    earned = [question.processing.score(_boxed(question, pairs, backwards=backwards)) for pairs in tried]
    if max(earned) <= 0 or len(set(earned)) == 1:
        scores.declared(question.processing, question.texts)
        earned = [Fraction(pairs == right) for pairs in tried]
    if any(score >= earned[0] for score in earned[1:]):
        raise Unusable("its key cannot be expressed: other pairs than the right ones earn as much")
    scores.full_mark(earned[0], question.texts)
    shares = [score / earned[0] for score in earned]
    scores.note_parts(shares, [len(pairs.items() & right.items()) / len(right) for pairs in tried], question.texts)


def _answers(right: Pairs, targets: Texts) -> Iterator[Pairs]:
    """Answers that are tried: the right pairs, and for each option those without it and with another target."""
    yield right
    for name, target in right.items():
        yield {other: right[other] for other in right if other != name}
        for another in targets:
            if another != target:
                yield right | {name: another}
                break


def _boxed(question: Asked, pairs: Pairs, *, backwards: bool) -> Value:
    joined = (f"{target} {name}" if backwards else f"{name} {target}" for name, target in pairs.items())
    return question.response.value(*joined)
