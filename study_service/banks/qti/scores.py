"""What answers earn in an item, and the key and the weights with which our own grading gives the same."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from study_service.banks.bank import Unusable
from study_service.banks.qti.body import Texts
from study_service.banks.qti.declared import Response
from study_service.banks.qti.processing import Processing
from study_service.banks.qti.values import Single

_SAME = Fraction(1, 1000)  # scores that are this near are the same: authors round thirds
_POINTS = "it is worth {:g} points there, and here every question counts the same"

Weights = list[float | None]


@dataclass(frozen=True, slots=True)
class Key:
    """Which options are right, and the credit of each where the item states one."""

    rights: list[bool]
    weights: Weights


@dataclass(frozen=True, slots=True)
class Earned:
    """What an answer earns, as a share of the full mark, and the words for it in messages."""

    words: str
    theirs: Fraction
    ours: Callable[[Weights], float]


def of_one(processing: Processing, parts: Sequence[Single], texts: Texts, *, others: bool = False) -> Key:
    """The key of an item whose answer is one of these values, and what each of them earns.

    Its correctResponse is exactly what earns most; with `others` there may be more. A weight that says no more than
    whether the value is right is left out.
    """
    scores = _scores(processing, parts, texts)
    best = max(scores)
    rights = [score == best for score in scores]
    _agree(processing.response, {part for part, right in zip(parts, rights, strict=True) if right}, others=others)
    scale = full_mark(best, texts)
    earned = [
        Earned(words(part), score / best, _ours(n, right))
        for n, (part, score, right) in enumerate(zip(parts, scores, rights, strict=True))
    ]
    weights = fitting([mapped(processing, parts, scale), limited(scores, scale)], earned, texts)
    return Key(rights, [None if weight == right else weight for right, weight in zip(rights, weights, strict=True)])


def _ours(place: int, right: bool) -> Callable[[Weights], float]:
    return lambda weights: 1.0 if right else max(0.0, weights[place] or 0.0)


def _scores(processing: Processing, parts: Sequence[Single], texts: Texts) -> list[Fraction]:
    """What each of the values earns; by its correctResponse where processing makes no difference."""
    response = processing.response
    scores = [processing.score(response.value(part)) for part in parts]
    if max(scores) > 0 and len(set(scores)) > 1:
        return scores
    right = declared(processing, texts)
    if not set(right) <= set(parts):
        raise Unusable("its correctResponse is none of the answers that can be given")
    return [Fraction(part in right) for part in parts]


def _agree(response: Response, best: set[Single], *, others: bool) -> None:
    correct = set(response.correct)
    if correct and not (correct <= best if others else correct == best):
        stated, given = (", ".join(sorted(map(words, one))) for one in (correct, best))
        raise Unusable(f"its correctResponse is {stated}, but its response processing gives most for {given}")


def full_mark(best: Fraction, texts: Texts) -> Fraction:
    """By what scores are divided to be shares of the full mark: by nothing where that is about 1."""
    if abs(best - 1) <= _SAME:
        return Fraction(1)
    texts.losses.append(_POINTS.format(float(best)))
    return best


def fitting(candidates: Iterable[Weights], earned: Sequence[Earned], texts: Texts) -> Weights:
    """The first weights with which our grading gives what the item gives; else the nearest, and that is told."""
    tried: list[tuple[list[Earned], Weights]] = []
    for weights in candidates:
        tried.append((_different(weights, earned), weights))
        if not tried[-1][0]:
            return weights
    different, weights = min(tried, key=lambda pair: len(pair[0]))
    there, here = float(different[0].theirs), different[0].ours(weights)
    texts.losses.append(
        f"part credit differs: {different[0].words} earns {there:.3g} of the mark there, {here:.3g} here"
    )
    return weights


def note_parts(shares: Sequence[Fraction], parts: Sequence[float], texts: Texts) -> None:
    """Tell what answers that are right in part earn there, of questions whose options have no weights here.

    `parts` is what they earn here in exams that give part credit; in others it is nothing.
    """
    for share, part in zip(shares, parts, strict=True):
        if share < 1 and abs(share) > _SAME and abs(share - Fraction(part)) > _SAME:
            texts.losses.append(f"part credit differs: an answer earns {float(share):.3g} of the mark there")
            return
    if any(abs(share) > _SAME for share in shares if share < 1):
        texts.losses.append("part credit is given here only in exams that give it")


def words(part: Single) -> str:
    if isinstance(part, tuple):
        return f"{float(part[0]):g},{float(part[1]):g}"
    return f"{float(part):g}" if isinstance(part, Fraction) else str(part)[:60]


def _different(weights: Weights, earned: Sequence[Earned]) -> list[Earned]:
    return [one for one in earned if abs(float(one.theirs) - one.ours(weights)) > _SAME]


def mapped(processing: Processing, parts: Sequence[Single], scale: Fraction) -> Weights:
    """What the mapping says of each, if it is used at all."""
    mapping = processing.mapping()
    entries = [mapping.entry(part) if mapping else None for part in parts]
    return limited([entry.worth if entry else None for entry in entries], scale)


def limited(worths: Iterable[Fraction | None], scale: Fraction) -> Weights:
    return [None if worth is None else float(max(Fraction(-1), min(Fraction(1), worth / scale))) for worth in worths]


def declared(processing: Processing, texts: Texts) -> tuple[Single, ...]:
    """The declared right answer, where response processing makes no difference between answers."""
    if not processing.response.correct:
        raise Unusable("it does not say which answer is right")
    texts.losses.append("its response processing scores all answers alike; its correctResponse is taken as the key")
    return processing.response.correct
