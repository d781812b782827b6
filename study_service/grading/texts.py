"""Texts as they are compared: spellings that a reader cannot tell apart are one."""

import unicodedata

# Formatting that nobody sees: zero-width space, byte order mark, soft hyphen, direction marks.
_UNSEEN = dict.fromkeys(map(ord, "\u200b\u2060\ufeff\u00ad\u200e\u200f"))
# What keyboards put in for the learner, and what it was meant to be.
_TYPED = str.maketrans({"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u2010": "-", "\u2011": "-"})
# Compatibility forms that mean something else than the characters they are made of: 2⁸ is not 28, ½ is not 1/2.
_MEANT = ("<super>", "<sub>", "<fraction>", "<vertical>")


def folded(text: str, *, case_sensitive: bool = False) -> str:
    """The text in Unicode's normal form C, white space as single spaces, typed quotes straight, and in one case.

    Forms that only look different (full width, no-break space, ligatures) are replaced as normal form KC does it
    (Unicode Standard Annex 15), except for raised and lowered characters and fractions, which mean something else.
    Case is folded as the Unicode Standard says in 3.13, "ß" to "ss". Moodle compares in form C and lower case.
    """
    plain = compatible(text.translate(_UNSEEN).translate(_TYPED))
    if not case_sensitive:
        plain = unicodedata.normalize("NFC", plain.casefold())
    return " ".join(plain.split())


def compatible(text: str) -> str:
    """The text in form C, without characters that only look different from those that they stand for."""
    return unicodedata.normalize("NFC", "".join(map(_compatible, text)))


def _compatible(character: str) -> str:
    form = unicodedata.decomposition(character)
    if not form.startswith("<") or form.startswith(_MEANT):
        return character
    return unicodedata.normalize("NFKC", character)
