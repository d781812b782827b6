"""Full-text search as moderators write it: words into an FTS5 expression, and what was found into marked HTML."""

import html
import unicodedata
from collections.abc import Iterator, Mapping, Sequence

FIELDS = ("text", "options", "explanation", "reference", "tags")
# Nobody writes these into a question: they are not characters, and stand for where a found word begins and ends.
MARKS = ("\ufdd0", "\ufdd1")


def expression(text: str, scope: Sequence[str]) -> str | None:
    """The expression that finds what has all words of a text, the last of them as a beginning, within the scope.

    None for a text without a word, by which nothing is found. Whatever it says is looked for, never obeyed: each word
    is a string of FTS5, in which only a quotation mark means something (sqlite.org/fts5.html#fts5_strings).
    """
    words = [word for word in dict.fromkeys(text.split()) if any(map(_is_part, word))]
    if not words:
        return None
    *others, last = words
    terms = " AND ".join([*map(_whole, others), f"{_string(last)} *"])
    return f"{{{' '.join(FIELDS)}}} : ({terms})" + (f" AND {within(scope)}" if scope else "")


def within(scope: Sequence[str]) -> str:
    """The expression that finds all of a scope, which has one word at least."""
    return f"scope : ({' AND '.join(map(_string, scope))})"


def _is_part(character: str) -> bool:
    """Whether the index keeps a character as part of a word."""
    return character in "+#" or unicodedata.category(character)[0] in "LN" or unicodedata.category(character) == "Co"


def _whole(word: str) -> str:
    """A word also finds what is called by it and a plus (Network+), and a number its positive one (+5V)."""
    forms = [word, f"{word}+"] + ([f"+{word}"] if word[0].isdecimal() else [])
    return f"({' OR '.join(map(_string, forms))})"


def _string(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def snippets() -> Iterator[str]:
    """SQL: the columns of what was found, each around its best words; its parameters are MARKS."""
    for column, name in enumerate(FIELDS, start=1):  # column 0 is the scope
        yield f"snippet(question_search, {column}, :begin, :end, '…', 32) AS found_{name}"


def highlights(row: Mapping[str, str | None]) -> dict[str, str]:
    """The snippets that have a found word: HTML in which it is marked, and all else is text."""
    listed = {name: row[f"found_{name}"] for name in FIELDS}
    return {name: _marked(text) for name, text in listed.items() if text and MARKS[0] in text}


def _marked(text: str) -> str:
    return html.escape(text).replace(MARKS[0], "<mark>").replace(MARKS[1], "</mark>")
