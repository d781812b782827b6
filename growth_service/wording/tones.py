"""What shows the tone of a post: words that mark it, by kind, and the kinds that go with the names of tones."""

import re

from growth_service.wording import words
from growth_service.wording.words import Wording

# English: a post in another language has none of these, and neither have its examples.
MARKERS: dict[str, tuple[str, ...]] = {
    "hedges": (
        "maybe", "perhaps", "might", "probably", "possibly", "somewhat", "I think", "I guess", "seems", "not sure",
    ),
    "boosters": (
        "very", "really", "absolutely", "totally", "definitely", "extremely", "super", "incredible", "incredibly",
        "amazing", "awesome", "insane", "huge", "mind-blowing", "game changer", "literally",
    ),
    "slang": (
        "lol", "lmao", "omg", "gonna", "wanna", "gotta", "kinda", "sorta", "dunno", "btw", "tbh", "ngl", "imo", "yeah",
        "yep", "nope", "dude", "bro", "y'all",
    ),
    "courtesies": ("please", "thanks", "thank you", "appreciate", "welcome", "glad", "happy to", "sorry"),
    "encouragements": (
        "you can", "you got this", "you've got this", "keep going", "keep it up", "good luck", "congrats",
        "congratulations", "well done", "nice work", "great work", "proud", "rooting for",
    ),
    "explanations": (
        "because", "for example", "for instance", "that is why", "that's why", "in other words", "means", "remember",
        "think of", "tip", "here's how", "step by step",
    ),
}  # fmt: skip
_CONTRACTION = re.compile(r"\b(?:\w+n't|\w+'(?:re|ve|ll|m)|(?:it|that|what|there|here|who|let)'s)\b")
KINDS = (*MARKERS, "contractions", "exclamations")

# The kinds of which a tone wants one, and those that it shuns.
WANTS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("friendly", "warm", "welcoming"), ("courtesies", "encouragements")),
    **dict.fromkeys(("encouraging", "supportive", "motivating", "motivational"), ("encouragements",)),
    **dict.fromkeys(("polite", "kind", "respectful"), ("courtesies",)),
    **dict.fromkeys(("helpful", "educational", "explanatory", "patient"), ("explanations",)),
    **dict.fromkeys(("casual", "informal", "conversational", "relaxed", "playful"), ("contractions", "slang")),
    **dict.fromkeys(("humble", "modest", "cautious", "careful"), ("hedges",)),
    **dict.fromkeys(("enthusiastic", "excited", "energetic", "passionate"), ("boosters", "exclamations")),
}
SHUNS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("formal", "academic"), ("slang", "contractions")),
    **dict.fromkeys(("professional", "serious", "polite", "respectful"), ("slang",)),
    **dict.fromkeys(("confident", "authoritative", "assertive", "bold"), ("hedges",)),
    **dict.fromkeys(("humble", "modest", "cautious", "careful"), ("boosters",)),
    **dict.fromkeys(
        ("calm", "measured", "factual", "neutral", "objective", "understated"), ("boosters", "exclamations")
    ),
}
_NOT = {"not", "never", "no", "without"}


def counted(wording: Wording) -> dict[str, int]:
    """How many different markers of each kind a text has; contractions and exclamation marks are counted one by one."""
    counts = {kind: len(words.used(wording, markers)) for kind, markers in MARKERS.items()}
    contractions = len(_CONTRACTION.findall(wording.plain))
    return counts | {"contractions": contractions, "exclamations": wording.plain.count("!")}


def named(tone: str | None) -> list[str]:
    """The tones that a profile's own words name; "not formal" names none."""
    spoken = re.findall(r"[a-z]+", (tone or "").casefold())
    before = ["", *spoken]
    known = [word for word, last in zip(spoken, before, strict=False) if word in WANTS | SHUNS and last not in _NOT]
    return list(dict.fromkeys(known))
