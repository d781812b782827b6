"""A tokenizer for SQL text: its placeholders, whether it writes, and whether it is more than one statement."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

# Comments and quoted text, in which a `?` or a `;` means nothing, come before the two themselves. A doubled quote in a
# text ends one token and begins the next, which comes to the same.
_TOKEN = re.compile(
    r"""
      (?P<space>\s+ | --[^\n]* | /\*.*?(?:\*/|\Z))
    | (?P<quoted>'[^']*' | "[^"]*" | `[^`]*` | \[[^\]]*\])
    | (?P<mark>\?\d* | [:@$]\w+)
    | (?P<end>;)
    | (?P<word>[A-Za-z_][\w$]*)
    | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_WRITES = frozenset({"INSERT", "UPDATE", "DELETE", "REPLACE"})
_READS = frozenset({"SELECT", "VALUES", "EXPLAIN", "PRAGMA"})


class Mark(NamedTuple):
    """A placeholder: its place in the text, and its name (empty for a `?`)."""

    start: int
    end: int
    name: str


@dataclass(frozen=True, slots=True)
class Shape:
    """`writes`: the statement changes rows, so its rowcount means something. `reads`: running it twice does no harm.
    `several`: the text has more than one statement.
    """

    marks: tuple[Mark, ...]
    writes: bool
    reads: bool
    several: bool


class Verbatim(str):
    """One statement without placeholders; the caller is sure of it. It is not tokenized: megabytes would take long."""

    __slots__ = ()


_OF_VERBATIM = Shape((), writes=True, reads=False, several=False)


def shape(sql: str) -> Shape:
    """The shape of one SQL string."""
    return _OF_VERBATIM if isinstance(sql, Verbatim) else _tokenize(sql)


@lru_cache(maxsize=2048)
def _tokenize(sql: str) -> Shape:
    """Linear in the length of the text. Cached: a service runs the same few hundred strings."""
    marks: list[Mark] = []
    words: list[str] = []
    ended = several = trigger = False
    for token in _TOKEN.finditer(sql):
        kind = token.lastgroup
        if kind == "space":
            continue
        if kind == "end":
            ended = True
            continue
        # Semicolons inside the body of a trigger end no statement; the one before END is the last of them.
        if ended and trigger:
            ended, trigger = False, token.group().upper() != "END"
        several = several or ended
        if kind == "word":
            words.append(token.group().upper())
            trigger = trigger or (words[0] == "CREATE" and words[-1] == "TRIGGER" and len(words) <= 3)
        elif kind == "mark":
            marks.append(Mark(*token.span(), token.group()[1:]))
    writes = bool(words) and (words[0] in _WRITES or (words[0] == "WITH" and not _WRITES.isdisjoint(words)))
    reads = bool(words) and (words[0] in _READS or (words[0] == "WITH" and not writes))
    return Shape(tuple(marks), writes, reads, several)
