"""Just enough reading of SQL text to find its placeholders, its verb and a second statement."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

# Everything in which a `?` or a `;` is not what it seems, then the two themselves and the words.
_TOKEN = re.compile(
    r"""
      (?P<space>\s+ | --[^\n]* | /\*.*?(?:\*/|\Z))
    | (?P<quoted>'(?:[^']|'')*' | "(?:[^"]|"")*" | `(?:[^`]|``)*` | \[[^\]]*\])
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
    """A placeholder: where it stands, and what is behind its `:` (empty for a `?`)."""

    start: int
    end: int
    name: str


@dataclass(frozen=True, slots=True)
class Shape:
    """`writes`: rowcount means changed rows; `reads`: saying it twice is as good as once; `several` statements."""

    marks: tuple[Mark, ...]
    writes: bool
    reads: bool
    several: bool


class Verbatim(str):
    """One statement without placeholders, as its author vouches: it is not read, so a megabyte of it costs nothing."""

    __slots__ = ()


_VOUCHED = Shape((), writes=True, reads=False, several=False)


def shape(sql: str) -> Shape:
    """What one SQL string is."""
    return _VOUCHED if isinstance(sql, Verbatim) else _read(sql)


@lru_cache(maxsize=2048)
def _read(sql: str) -> Shape:
    """Linear in its length; cached, since a service says the same few hundred strings."""
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
        # The body of a trigger is full of semicolons, and they are its own up to the one before its END.
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
