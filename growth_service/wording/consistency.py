"""How well a draft keeps to a voice, from 0 to 1: each part is held against the profile's own words and examples.

The shares: what is forbidden and the tone weigh most, since a reader hears them first; the preferred words and the
person who speaks come next; what is easily mended (emoji, length, marks, hashtags) comes last. A part on which the
profile says nothing is left out. No model and no network: the same draft always has the same score.
"""

from collections.abc import Sequence
from statistics import fmean
from typing import Literal

from growth_service.wording import measures, reasons, tones, words
from growth_service.wording.measures import Measured
from growth_service.wording.reasons import Part, Scored
from growth_service.wording.voices import Voice

_SHARES = {
    "tone": 0.20, "preferred": 0.15, "avoided": 0.20, "emoji": 0.10, "length": 0.10, "punctuation": 0.10,
    "hashtags": 0.05, "person": 0.10,
}  # fmt: skip
Count = Literal["characters", "emoji", "exclamations", "questions", "ellipses", "hashtags", "i", "we", "you"]
# The counts of a part, each with a difference that nobody notices, and how it is called.
_COUNTS: dict[str, tuple[tuple[Count, float, str], ...]] = {
    "emoji": (("emoji", 0.03, "emoji a word"),),
    "length": (("characters", 30, "characters"),),
    "punctuation": (
        ("exclamations", 0.5, "exclamation marks"),
        ("questions", 0.5, "question marks"),
        ("ellipses", 0.5, "ellipses"),
    ),
    "hashtags": (("hashtags", 0.5, "hashtags"),),
    "person": (("i", 0.05, "of I"), ("we", 0.05, "of we"), ("you", 0.05, "of you")),
}
_NOT_SHOWN = 0.5  # for a tone that a short post does not show: it need not


def score(text: str, profile: Voice) -> Scored:
    """The score of a draft against a profile, with a reason for each part."""
    draft, examples = measures.of(text), [measures.of(example) for example in profile["examples"] if example.strip()]
    parts: dict[str, tuple[float | None, str]] = {
        "tone": _tone(draft, examples, profile["tone"]),
        "preferred": _preferred(text, profile),
        "avoided": _avoided(text, profile["vocabulary"]["avoided"]),
        **{name: _measured(draft, examples, counts) for name, counts in _COUNTS.items()},
    }
    return reasons.combined([Part(name, share, *parts[name]) for name, share in _SHARES.items()])


def _tone(draft: Measured, examples: Sequence[Measured], tone: str | None) -> tuple[float | None, str]:
    """The mean over the tones that the profile names and, for kinds of words that these say nothing about, the
    examples. Kinds that neither the draft nor the examples have are left out.
    """
    named, counts = tones.named(tone), draft["markers"]
    ruled = {kind for name in named for kind in (*tones.WANTS.get(name, ()), *tones.SHUNS.get(name, ()))}
    judged = [
        *(_wanted(name, counts) for name in named if name in tones.WANTS),
        *(_shunned(kind, counts) for kind in _once(tones.SHUNS, named)),
        *(_like_examples(kind, counts, examples) for kind in tones.KINDS if kind not in ruled and examples),
    ]
    known = [(value, why) for value, why in judged if value is not None]
    if known:
        return fmean(value for value, _ in known), "; ".join(why for _, why in known)
    if named or examples:
        return 1.0, "nothing in it is against the tone"
    return None, "the profile names no tone that can be measured, and has no examples"


def _once(kinds: dict[str, tuple[str, ...]], named: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(kind for name in named for kind in kinds.get(name, ())))


def _wanted(name: str, counts: dict[str, int]) -> tuple[float, str]:
    shown = [kind for kind in tones.WANTS[name] if counts[kind]]
    if shown:
        return 1.0, f"{name}: it has {' and '.join(shown)}"
    return _NOT_SHOWN, f"{name}: nothing shows it"


def _shunned(kind: str, counts: dict[str, int]) -> tuple[float | None, str]:
    """Each one halves what is left."""
    return (float(0.5 ** counts[kind]), f"{counts[kind]} {kind}, which the tone shuns") if counts[kind] else (None, "")


def _like_examples(kind: str, counts: dict[str, int], examples: Sequence[Measured]) -> tuple[float | None, str]:
    others = [example["markers"][kind] for example in examples]
    if not counts[kind] and not any(others):
        return None, ""
    nearness = measures.near(counts[kind], others, 0.5)
    return nearness.value, f"{counts[kind]} {kind}, the examples have {_typical(nearness)}"


def _preferred(text: str, profile: Voice) -> tuple[float | None, str]:
    """How many different preferred words there are, of as many as the examples have on average, or of one."""
    preferred = profile["vocabulary"]["preferred"]
    if not preferred:
        return None, "the profile prefers no words"
    usual = [len(words.used(words.read(example), preferred)) for example in profile["examples"] if example.strip()]
    wanted = max(1.0, fmean(usual)) if usual else 1.0
    there = words.used(words.read(text), preferred)
    told = f"it has {', '.join(there)}" if there else "it has none of the preferred words"
    return min(1.0, len(there) / wanted), f"{told}; {_round(wanted)} would do"


def _avoided(text: str, avoided: Sequence[str]) -> tuple[float | None, str]:
    if not avoided:
        return None, "the profile avoids no words"
    there = words.used(words.read(text), avoided)
    return (0.0, f"it has {', '.join(there)}") if there else (1.0, "it has none of the words to avoid")


def _measured(
    draft: Measured, examples: Sequence[Measured], counts: Sequence[tuple[Count, float, str]]
) -> tuple[float | None, str]:
    """The mean of how near each count is to those of the examples."""
    if not examples:
        return None, "the profile has no examples"
    values, told = [], []
    for name, least, unit in counts:
        nearness = measures.near(draft[name], [example[name] for example in examples], least)
        values.append(nearness.value)
        told.append(f"{_round(draft[name])} {unit}, the examples have {_typical(nearness)}")
    return fmean(values), "; ".join(told)


def _typical(nearness: measures.Nearness) -> str:
    return f"{_round(nearness.mean)} ± {_round(nearness.spread)}"


def _round(number: float) -> str:
    return f"{number:.3g}" if abs(number) < 1000 else f"{number:.0f}"
