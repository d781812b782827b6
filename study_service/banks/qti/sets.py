"""The key of a question of which several options are right at once."""

from collections.abc import Iterator, Sequence
from fractions import Fraction

from study_service.banks.bank import Unusable
from study_service.banks.qti import scores
from study_service.banks.qti.body import Texts
from study_service.banks.qti.processing import Processing
from study_service.banks.qti.scores import Earned, Key, Weights
from study_service.banks.qti.values import Container
from study_service.grading import choices
from study_service.grading.document import Option

Names = frozenset[str]


def key(processing: Processing, parts: Sequence[str], most: int, texts: Texts) -> Key:
    """The key of an item whose answer is a set of these options, of `most` at most (0: of any number).

    Our grading gives full marks for one set alone. An item that gives them for another one too is Unusable, unless
    that one is the key with wrong options besides: what these cost is part credit, in which systems differ.
    """
    right = _right(processing, parts)
    if not right <= set(parts):
        raise Unusable("its correctResponse names an option that it does not have")
    if 0 < most < len(right):
        raise Unusable(f"{len(right)} options are right, and only {most} may be chosen")
    rights = [part in right for part in parts]
    if processing.template == "match_correct":
        return Key(rights, [None for _ in parts])
    earned = {
        answer: processing.score(processing.response.value(*sorted(answer)))
        for answer in _answers(processing, parts, right)
        if answer and answer <= set(parts) and not 0 < most < len(answer)
    }
    if max(earned.values()) <= 0 or len(set(earned.values())) == 1:
        scores.declared(processing, texts)
        earned = {answer: Fraction(answer == right) for answer in {**earned, right: 0}}
    _check(right, earned)
    scale = scores.full_mark(earned[right], texts)
    rights = [part in right for part in parts]
    shares = [_earned(parts, rights, answer, score / earned[right]) for answer, score in earned.items()]
    weights = scores.fitting(_candidates(processing, parts, scale), shares, texts)
    return Key(rights, [weight or None for weight in weights])


def _right(processing: Processing, parts: Sequence[str]) -> Names:
    """The one best answer that the item names: in correctResponse, in its processing, or by what is mapped above 0."""
    if processing.response.correct:
        return frozenset(map(str, processing.response.correct))
    named, mapping = _named(processing), processing.mapping()
    if mapping is not None:
        named.append(frozenset(part for part in parts if mapping.single(part) > 0))
    earned = {answer: processing.score(processing.response.value(*sorted(answer))) for answer in named if answer}
    best = [answer for answer, score in earned.items() if score == max(earned.values()) > 0]
    if len(best) > 1:
        raise Unusable(_several(best))
    if not best:
        raise Unusable("it does not say which answer is right")
    return best[0]


def _named(processing: Processing) -> list[Names]:
    """The sets of options that response processing names."""
    containers = [value for value in processing.literals() if isinstance(value, Container)]
    return [frozenset(map(str, value.values)) for value in containers]


def _answers(processing: Processing, parts: Sequence[str], right: Names) -> Iterator[Names]:
    """Answers that are tried: the key, those near it, each option alone, all, all wrong ones, and those named."""
    yield right
    yield from _named(processing)
    for part in parts:
        yield frozenset({part})
        yield right ^ {part}
    yield frozenset(parts)
    yield frozenset(parts) - right


def _check(right: Names, earned: dict[Names, Fraction]) -> None:
    """Unusable where the key does not earn most, or where it is not the only answer that does."""
    for answer, score in earned.items():
        if score > earned[right] or (score == earned[right] and not answer >= right):
            raise Unusable(_several([right, answer]) if score == earned[right] else _disagreement(right, answer))


def _several(answers: Sequence[Names]) -> str:
    listed = " and ".join("{" + ", ".join(sorted(answer)) + "}" for answer in answers[:2])
    return f"its key cannot be expressed: several sets of options earn full marks, {listed}"


def _disagreement(right: Names, answer: Names) -> str:
    stated, better = (", ".join(sorted(one)) for one in (right, answer))
    return f"its right answer is {stated}, but its response processing gives more for {better}"


def _candidates(processing: Processing, parts: Sequence[str], scale: Fraction) -> list[Weights]:
    """The weights to try: as they are mapped, with the default for the other options, and none."""
    none: Weights = [None for _ in parts]
    mapping = processing.mapping()
    if mapping is None:
        return [none]
    mapped = scores.mapped(processing, parts, scale)
    default = scores.limited([mapping.default] * len(parts), scale)
    filled = [other if weight is None else weight for weight, other in zip(mapped, default, strict=True)]
    return [mapped, filled, none]


def _earned(parts: Sequence[str], rights: Sequence[bool], answer: Names, theirs: Fraction) -> Earned:
    def ours(weights: Weights) -> float:
        return choices.grade_set(_options(parts, rights, weights), sorted(answer), "all_or_nothing").score

    return Earned("{" + ", ".join(sorted(answer)) + "}", theirs, ours)


def _options(parts: Sequence[str], rights: Sequence[bool], weights: Weights) -> list[Option]:
    listed: list[Option] = []
    for part, right, weight in zip(parts, rights, weights, strict=True):
        option: Option = {"id": part, "text": "", "isCorrect": right}
        if weight is not None:
            option["weight"] = weight
        listed.append(option)
    return listed
