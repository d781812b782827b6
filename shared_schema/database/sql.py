"""A tokenizer for SQL text: its placeholders, whether it writes, and whether it is more than one statement."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from shared_schema.database import errors

# Comments and quoted text, in which a `?` or a `;` means nothing. A doubled quote in a text ends one match and begins
# the next, which comes to the same.
_COMMENT = r"--[^\n]* | /\*.*?(?:\*/|\Z)"
_QUOTED = r"""'[^']*' | "[^"]*" | `[^`]*` | \[[^\]]*\]"""
_MARK = r"\?\d* | [:@]\w+ | \$(?<![\w$]\$)\w+"  # a `$` inside a word belongs to the word
# What ends or fills a statement, with all that stands before it. A run of characters that begin none of these is passed
# over in one go, and a character that only looks like a beginning by itself, so a long text costs little.
_STOP = re.compile(
    rf"""[^-/'"`\[?:@$;]*+ (?: {_COMMENT} | {_QUOTED} | (?P<mark>{_MARK}) | (?P<end>;) | . | \Z)""",
    re.VERBOSE | re.DOTALL,
)
_SPACE = re.compile(rf"(?: \s+ | {_COMMENT} )*+", re.VERBOSE | re.DOTALL)
_TRIGGER = re.compile(
    rf"{_SPACE.pattern} CREATE \b {_SPACE.pattern} (?: TEMP (?:ORARY)? \b {_SPACE.pattern})? TRIGGER \b",
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
_ASIDE = re.compile(rf"{_COMMENT} | {_QUOTED} | {_MARK}", re.VERBOSE | re.DOTALL)
_INNER = re.compile(r"\(([^()]*)\)")
_FOLDED = "\0"  # stands for what was in parentheses; no statement has this character
_STAR_OF_FOLDED = re.compile(rf"SELECT \s+ \* \s* FROM \s* {_FOLDED} (?! \s* ,)", re.VERBOSE | re.IGNORECASE)
_STAR = re.compile(r"(?: \b(?:SELECT | ALL | DISTINCT | RETURNING) | [,.] ) \s* \*", re.VERBOSE | re.IGNORECASE)
_WORD = re.compile(r"[A-Za-z_][\w$]*")
_WRITES = frozenset({"INSERT", "UPDATE", "DELETE", "REPLACE"})
# The longest text whose shape is kept, in characters: 2048 of them are 16 MB at most.
_KEPT_LENGTH = 8192
_SELECTS = frozenset({"SELECT", "VALUES", "EXPLAIN"})


class Mark(NamedTuple):
    """A placeholder: its place in the text, and its name (empty for a `?`)."""

    start: int
    end: int
    name: str


@dataclass(frozen=True, slots=True)
class Shape:
    """`verb` is the first word in capitals. `writes`: the statement changes rows, so its rowcount means something.
    `reads`: running it twice does no harm. `several`: the text has more than one statement. `rows_only`: it leaves its
    connection as it was, without a transaction, a setting or a temporary table. `ends`: it ends the transaction that is
    open, by COMMIT, END or ROLLBACK; a ROLLBACK TO a savepoint does not. `every_column`: its
    columns are those that a table has at the moment. `plain` is the text with `?` for each placeholder, `names` are
    theirs.
    """

    verb: str
    plain: str
    marks: tuple[Mark, ...]
    names: tuple[str, ...]
    writes: bool
    reads: bool
    several: bool
    rows_only: bool
    ends: bool = False
    every_column: bool = False


class Verbatim(str):
    """One statement without placeholders; the caller is sure of it. It is not tokenized: megabytes would take long."""

    __slots__ = ()


def shape(sql: str) -> Shape:
    """The shape of one SQL string. Raises ProgrammingError for text that the driver or a server would misread."""
    if type(sql) is Verbatim:
        _check_text(sql)
        return Shape("", sql, (), (), writes=True, reads=False, several=False, rows_only=True)
    return _kept(sql) if len(sql) <= _KEPT_LENGTH else _tokenize(sql)


def _check_text(sql: str) -> None:
    """The driver would cut a statement at a NUL, and run what stands before it; a server would refuse it."""
    if "\0" in sql:
        raise errors.ProgrammingError("a statement with a NUL character")
    try:
        sql.isascii() or sql.encode()
    except UnicodeEncodeError:
        raise errors.ProgrammingError("a statement with a lone surrogate") from None


@lru_cache(maxsize=2048)
def _kept(sql: str) -> Shape:
    """A service runs the same few hundred strings. Long ones are those of imports, made for one use."""
    return _tokenize(sql)


def _tokenize(sql: str) -> Shape:
    """Linear in the length of the text."""
    _check_text(sql)
    words = _words(sql)
    first, second = next(words, ""), next(words, "")
    marks: list[Mark] = []
    several, in_body = False, bool(_TRIGGER.match(sql))
    for stop in _STOP.finditer(sql):
        if stop.lastgroup == "mark":
            marks.append(Mark(*stop.span("mark"), stop["mark"][1:]))
        elif stop.lastgroup == "end":
            after = _SPACE.match(sql, stop.end()).end()  # type: ignore[union-attr]  # it matches nothing at all, too
            # Semicolons inside the body of a trigger end no statement; the one before END is the last of them.
            if in_body:
                in_body = _upper_word(sql, after) != "END"
            else:
                several = several or (after < len(sql) and sql[after] != ";")
    writes = first in _WRITES or (first == "WITH" and not _WRITES.isdisjoint(_words(sql)))
    selects = first in _SELECTS or (first == "WITH" and not writes)
    ends = first in ("COMMIT", "END") or (first == "ROLLBACK" and "TO" not in (second, next(words, "")))
    reads, rows_only = selects or first == "PRAGMA", writes or selects
    plain = with_marks(sql, [mark for mark in marks if mark.name], "?")
    names = tuple(mark.name for mark in marks)
    return Shape(first, plain, tuple(marks), names, writes, reads, several, rows_only, ends, _every_column(sql))


def with_marks(sql: str, marks: Sequence[Mark], text: str) -> str:
    """The statement with `text` in the place of these placeholders."""
    if not marks:
        return sql
    pieces, place = [], 0
    for start, end, _ in marks:
        pieces += [sql[place:start], text]
        place = end
    return "".join((*pieces, sql[place:]))


def _every_column(sql: str) -> bool:
    """Whether there is a `*` among the columns that come back. One over inner queries alone counts if they have one."""
    if "*" not in sql:
        return False
    inner: list[str] = []
    outer, before = _ASIDE.sub(" ", sql), ""
    while outer != before:
        before = outer
        inner += (part[1] for part in _INNER.finditer(outer))
        outer = _INNER.sub(_FOLDED, outer)
    if not _STAR.search(outer):
        return False
    of_tables = _STAR.search(_STAR_OF_FOLDED.sub(" ", outer)) or "JOIN" in outer.upper()
    return bool(of_tables) or any(_STAR.search(text) for text in inner)


def statements(script: str) -> list[str]:
    """The statements of a script, without the semicolons between them and without those that are empty."""
    texts, begun, body = [], 0, None
    for stop in _STOP.finditer(script):
        if stop.lastgroup != "end":
            continue
        if body is None:
            body = bool(_TRIGGER.match(script, begun))
        if body and _upper_word(script, _SPACE.match(script, stop.end()).end()) != "END":  # type: ignore[union-attr]
            continue
        if body:  # the semicolon before END; the statement ends with the next one
            body = False
            continue
        texts.append(script[begun : stop.start("end")])
        begun, body = stop.end(), None
    texts.append(script[begun:])
    return [text.strip() for text in texts if _SPACE.match(text).end() < len(text)]  # type: ignore[union-attr]


def _upper_word(sql: str, place: int) -> str:
    """The word at this place in capitals; empty if there is none."""
    word = _WORD.match(sql, place)
    return word.group().upper() if word else ""


def _words(sql: str) -> Iterator[str]:
    """The words outside comments, quoted text and placeholders, in capitals."""
    place = 0
    for aside in _ASIDE.finditer(sql):
        yield from (word.group().upper() for word in _WORD.finditer(sql, place, aside.start()))
        place = aside.end()
    yield from (word.group().upper() for word in _WORD.finditer(sql, place))
