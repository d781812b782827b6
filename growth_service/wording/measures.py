"""What can be counted in a post, and how far a count is from those of other posts."""

import math
import re
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypedDict

from growth_service.wording import tones, words

# One emoji, however many characters it is made of: a flag, a keycap, or a picture with its variants and joined ones.
_DRAWN = "[\U0001f000-\U0001f1e5\U0001f200-\U0001faff\u2600-\u27bf\u2b05-\u2b55\u231a-\u23ff]"
_DRAWN_WITH_A_VARIANT = "[\u00a9\u00ae\u2122\u2139\u2194-\u21aa]\ufe0f"
_PICTURE = f"(?:{_DRAWN}|{_DRAWN_WITH_A_VARIANT})"
_VARIANT = "[\ufe0f\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]*"
_EMOJI = re.compile(
    f"[\U0001f1e6-\U0001f1ff]{{2}}|[0-9#*]\ufe0f?\u20e3|{_PICTURE}{_VARIANT}(?:\u200d{_PICTURE}{_VARIANT})*"
)
_LINK_LENGTH = "x" * 23  # what a link counts on X, however long it is
_PERSONS = {
    "i": re.compile(r"\b(?:i|me|my|mine|myself|i'(?:m|ve|d|ll))\b"),
    "we": re.compile(r"\b(?:we|us|our|ours|ourselves|we'(?:re|ve|d|ll)|let's)\b"),
    "you": re.compile(r"\b(?:you|your|yours|yourself|yourselves|you'(?:re|ve|d|ll)|y'all)\b"),
}


class Measured(TypedDict):
    """A post in numbers. `i`, `we`, `you`: which part of its words speak so."""

    characters: float
    emoji: float  # per word
    exclamations: float
    questions: float
    ellipses: float
    hashtags: float
    i: float
    we: float
    you: float
    markers: dict[str, int]  # by kind: see tones


@dataclass(frozen=True, slots=True)
class Nearness:
    """How near a count is to those of other posts, from 0 to 1, with their mean and standard deviation."""

    value: float
    mean: float
    spread: float


def of(text: str) -> Measured:
    """Count a post."""
    bare = words.LINK.sub(_LINK_LENGTH, text.strip())
    spoken = words.LINK.sub(" ", text).replace("’", "'").casefold()
    length = max(1, len(spoken.split()))
    return {
        "characters": len(bare),
        "emoji": len(_EMOJI.findall(text)) / length,
        "exclamations": spoken.count("!"),
        "questions": spoken.count("?"),
        "ellipses": spoken.count("…") + spoken.count("..."),
        "hashtags": len(words.HASHTAG.findall(spoken)),
        "i": len(_PERSONS["i"].findall(spoken)) / length,
        "we": len(_PERSONS["we"].findall(spoken)) / length,
        "you": len(_PERSONS["you"].findall(spoken)) / length,
        "markers": tones.counted(words.read(text)),
    }


def near(count: float, others: Sequence[float], least: float) -> Nearness:
    """How near a count is to those of one or more other posts.

    Within a standard deviation of their mean it is 1; beyond, it falls as a normal curve does: exp(-(z - 1)^2 / 2) at z
    deviations. A deviation counts as `least` at least: what differs by less is not noticed, and few posts vary little.
    """
    mean = statistics.fmean(others)
    spread = statistics.stdev(others) if len(others) > 1 else 0.0
    z = abs(count - mean) / max(spread, least)
    return Nearness(math.exp(-(max(0.0, z - 1) ** 2) / 2), mean, spread)
