"""matchInteraction and gapMatchInteraction: a target for each option."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from xml.etree.ElementTree import Element

from study_service.banks.bank import Choice, Unusable
from study_service.banks.qti import asked, body, feedback, scores
from study_service.banks.qti.asked import Answer, Asked
from study_service.banks.qti.declared import Entry
from study_service.banks.qti.feedback import Run
from study_service.banks.qti.values import Value

Texts = Mapping[str, str]
Pair = tuple[str, str]
Pairs = dict[str, str]  # the target of each option, by their identifiers


@dataclass(frozen=True, slots=True)
class _Sides:
    """Both lists by their identifiers. `backwards`: the item has the targets first."""

    question: Asked
    options: Texts
    targets: Texts
    backwards: bool = False

    def value(self, pairs: Pairs) -> Value:
        """An answer of these pairs."""
        joined = (f"{target} {name}" if self.backwards else f"{name} {target}" for name, target in pairs.items())
        return self.question.response.value(*joined)

    def pairs(self, listed: Iterable[str]) -> list[Pair]:
        """Pairs as the item has them, each the option first."""
        parts = [pair.partition(" ") for pair in listed]
        return [(last, first) if self.backwards else (first, last) for first, _, last in parts]


def match(question: Asked) -> Answer:
    """The first list with targets in the second; the other way round where only that gives each option one target."""
    sides = [element for element in question.interaction if element.tag == "simpleMatchSet"]
    if len(sides) != 2:
        raise Unusable("its options to match are not two lists")
    left, right = (_texts(question, list(side)) for side in sides)
    forward = _Sides(question, left, right)
    counted = Counter(option for option, _ in forward.pairs(_correct(question)))
    return _answer(forward if max(counted.values()) == 1 else _Sides(question, right, left, backwards=True))


def gaps(question: Asked) -> Answer:
    """The gaps, in the question text by their numbers, with the texts that belong into them."""
    elements = [element for element in question.interaction if element.tag == "gapText"]
    if len(elements) < sum(element.tag.startswith("gap") for element in question.interaction):
        raise Unusable("what its gaps take are pictures")
    places = {name: f"[{n}]" for n, name in enumerate(question.gaps, 1)}
    return _answer(_Sides(question, places, _texts(question, elements), backwards=True))


def _texts(question: Asked, elements: list[Element]) -> Texts:
    listed = asked.identified(elements, "options to match", least=1)
    texts = [body.text_of(question.texts, f"option {n}", element) for n, element in enumerate(elements, 1)]
    asked.distinct(texts, "options to match")
    return dict(zip(listed, texts, strict=True))


def _correct(question: Asked) -> list[str]:
    """The right pairs as the item has them."""
    if question.response.cardinality != "multiple" or question.response.base_type != "directedPair":
        raise Unusable("pairs are made, but its response is no set of directed pairs")
    listed = list(map(str, question.response.correct)) or _mapped(question)
    if not listed:
        raise Unusable("it does not say which pairs are right")
    return listed


def _mapped(question: Asked) -> list[str]:
    """The pairs that earn something by themselves."""
    mapping = question.processing.mapping()
    entries = [entry for entry in mapping.entries if isinstance(entry, Entry)] if mapping else []
    return [str(entry.key) for entry in entries if entry.worth > 0]


def _answer(sides: _Sides) -> Answer:
    question, pairs = sides.question, sides.pairs(_correct(sides.question))
    right = dict(pairs)
    if len(right) < len(pairs):
        raise Unusable("its key cannot be expressed: an option belongs to more than one other")
    if right.keys() != sides.options.keys() or not set(right.values()) <= sides.targets.keys():
        raise Unusable("its key cannot be expressed: an option belongs to none, or to one that is not there")
    if len(right) < 2:
        raise Unusable("two pairs are needed at least")
    tried = list(_answers(sides, right))
    _check(sides, tried)
    listed = [Choice(text, True, target=sides.targets[right[name]], name=name) for name, text in sides.options.items()]
    listed += [Choice(text, False, is_target=True, name=name) for name, text in sides.targets.items()]
    runs = [Run(frozenset({n}), question.processing.run(sides.value(answer))) for n, answer in enumerate(tried)]
    return Answer("drag_drop", tuple(listed), feedback.comments(question.feedbacks, runs, (), question.texts).question)


def _check(sides: _Sides, tried: Sequence[Pairs]) -> None:
    """Unusable where others earn as much as the first. What part of it earns is told, where we give it otherwise."""
    right, question = tried[0], sides.question
    earned = [question.processing.score(sides.value(pairs)) for pairs in tried]
    if max(earned) <= 0 or len(set(earned)) == 1:
        scores.declared(question.processing, question.texts)
        earned = [Fraction(pairs == right) for pairs in tried]
    if any(score >= earned[0] for score in earned[1:]):
        raise Unusable("its key cannot be expressed: other pairs than the right ones earn as much")
    scores.full_mark(earned[0], question.texts)
    shares = [score / earned[0] for score in earned]
    scores.note_parts(shares, [len(pairs.items() & right.items()) / len(right) for pairs in tried], question.texts)


def _answers(sides: _Sides, right: Pairs) -> Iterator[Pairs]:
    """Answers that are tried: the right pairs; for each option those without it, and with a wrong target instead.

    Wrong targets are one other, and all that earn something with the option.
    """
    yield right
    for name, target in right.items():
        yield {other: right[other] for other in right if other != name}
        yield from (right | {name: another} for another in [one for one in sides.targets if one != target][:1])
    for name, target in sides.pairs(_mapped(sides.question)):
        if name in right and right[name] != target and target in sides.targets:
            yield right | {name: target}
