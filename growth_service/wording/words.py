"""Words of posts in a normal form, and whether a text has a word or a phrase, whatever its case and number."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

LINK = re.compile(r"https?://\S+|\bt\.co/\w+", re.IGNORECASE)
HASHTAG = re.compile(r"(?<![\w&])[#＃](\w*[^\W\d]\w*)")
_COMPOUND = re.compile(r"(?<!\w)\w++(?:-\w++)+")  # tried at the begin of a word alone, and once
_MENTION = re.compile(r"(?<!\w)[@＠]\w+")
# Versions and standards stay whole (802.11, IPv6), and so do C++ and C#; what a hyphen or an underscore joins is taken
# apart.
_WORD = re.compile(r"\d+(?:\.\w+)+|[^\W_]+(?:'[^\W_]+)*(?:\+\+|#(?!\w))?")
_HUMP = re.compile(r"(?<=[^\WA-Z_])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
# Thai, Lao, Burmese, Khmer, kana and CJK are written without spaces: there a phrase may stand within a word.
_NO_SPACES = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")


@dataclass(frozen=True, slots=True)
class Wording:
    """A text to look for words in: as it is written, but for case, as a line of words with spaces around each, and the
    words.
    """

    plain: str
    line: str
    words: frozenset[str]


def read(text: str) -> Wording:
    """The words of a post. #NetworkSecurity is one word and two, and so is Wi-Fi; links and mentions are none."""
    text = unicodedata.normalize("NFC", text)
    bare = _MENTION.sub(" ", LINK.sub(" ", text))
    parts = [f"{tag} | {_HUMP.sub(' ', tag)}" for tag in HASHTAG.findall(bare)]
    parts += [compound.replace("-", "") for compound in _COMPOUND.findall(bare)]
    lines = [" ".join(listed(part)) for part in " | ".join([HASHTAG.sub(" | ", bare), *parts]).split("|")]
    line = f" {' | '.join(lines)} "
    return Wording(_folded(text), line, frozenset(line.split()))


def listed(text: str) -> list[str]:
    """The words of a text in their normal form, in order."""
    return [_singular(word) for word in _WORD.findall(_folded(text))]


def has(wording: Wording, phrase: str) -> bool:
    """Whether a text has a word or a phrase: its words one after the other, or as one ("Wi-Fi" is "wifi").

    A phrase without a letter or digit, such as an emoji, is looked for as it is; an empty one is nowhere.
    """
    words = listed(phrase)
    if not words:
        return bool(phrase.strip()) and _folded(phrase.strip()) in wording.plain
    joined = "".join(words)
    if _NO_SPACES.search(joined):
        return joined in wording.line
    return joined in wording.words or (words[0] in wording.words and f" {' '.join(words)} " in wording.line)


def used(wording: Wording, phrases: Iterable[str]) -> list[str]:
    """Those of the phrases that a text has, as they are given; of two with the same words the first."""
    there = {" ".join(listed(phrase)) or phrase: phrase for phrase in reversed(list(phrases)) if has(wording, phrase)}
    return list(reversed(there.values()))


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text.replace("’", "'")).casefold()


def _singular(word: str) -> str:
    """A form that a word shares with its plural, as "policy" with "policies". It need be no word itself."""
    word = word.removesuffix("'s")
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "is")):
        word = word[:-1]
    if len(word) > 3 and word.endswith("ie"):
        return f"{word[:-2]}y"
    if len(word) > 3 and word.endswith("e"):
        word = word[:-1]
    return word[:-1] if len(word) > 3 and word.endswith("us") else word  # of "statuses" the same is left as of "status"
