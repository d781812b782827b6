"""Wrong SQL: for one SQL text in Python source, every small mistake that a person might make in it.

A dropped part stays in the text where it can do nothing, as in `(1 OR id = ?)`, so that the number of parameters is the
same and the statement still runs.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tests.mutation import tokens as lexer
from tests.mutation.tokens import Token

_SQL = re.compile(
    r"\b(SELECT|INSERT INTO|UPDATE|DELETE FROM|WHERE|VALUES|ORDER BY|CASE WHEN|EXISTS|IS NULL|IS NOT NULL|SET|JOIN)\b"
    r"|\b(coalesce|changes|json_object|json_extract|json_set|unixepoch|max|min)\("
)
_OPERATORS = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "+": "-", "-": "+", "*": "/", "/": "*"}
_FUNCTIONS = {"max": "min", "min": "max", "sum": "max", "avg": "max", "round": "", "count": "max"}
_CONDITIONS = {"WHERE", "HAVING", "WHEN", "AND", "OR", "ON"}


@dataclass(frozen=True, slots=True)
class Edit:
    """One mistake: the file's text from `start` to `end` becomes `text`."""

    start: int
    end: int
    text: str
    name: str


def is_sql(text: str) -> bool:
    """SQL is told by its keywords in capitals or by SQL's own functions."""
    return bool(_SQL.search(text))


def edits(source: str, bodies: Sequence[tuple[int, int]]) -> list[Edit]:
    """Every mistake for one SQL text. `bodies` are the offsets of its literals' contents in `source`."""
    tokens = lexer.read(source, bodies)
    terms = list(_terms(tokens))
    sets = [item for index, token in enumerate(tokens) if token.word == "SET" for item in _assignments(tokens, index)]
    edits = [_without_condition(source, tokens, *term) for term in terms]
    edits += [_without_assignment(source, tokens, *item) for item in sets]
    for rule in (_orders, _limits, _values, _functions, _words, _bounds):
        edits += rule(source, tokens)
    covered = {index for first, end in (*terms, *sets) for index in range(first, end)}
    return sorted([*edits, *_constants(tokens, covered)], key=lambda edit: (edit.start, edit.end, edit.text))


def _replace(source: str, tokens: Sequence[Token], first: int, end: int, pattern: str, name: str) -> Edit:
    """Put the tokens from `first` to before `end` into the place of `{}` in the pattern."""
    start, stop = tokens[first].start, tokens[end - 1].end
    return Edit(start, stop, pattern.replace("{}", source[start:stop]), name)


def _terms(tokens: Sequence[Token]) -> Iterator[tuple[int, int]]:
    """The terms of every condition: what stands between WHERE, ON, WHEN, AND, OR and their like."""
    seen = set()
    for index, token in enumerate(tokens):
        if token.word not in _CONDITIONS or token.kind == "between":
            continue
        begins = {index + 1}
        if token.word in ("AND", "OR"):  # the chain's first term may begin at a bracket or at the text's beginning
            begins.add(_begin(tokens, index))
        for first in begins:
            end = lexer.until(tokens, first)
            if end > first and tokens[first].word not in ("CONFLICT", "IGNORE") and first not in seen:
                seen.add(first)
                yield first, end


def _begin(tokens: Sequence[Token], index: int) -> int:
    """The first index of the term that ends before the AND or OR at `index`."""
    depth = tokens[index].depth
    while index > 0:
        before = tokens[index - 1]
        if before.depth < depth or (before.depth == depth and (before.word in lexer.STOPS or before.text == ",")):
            break
        index -= 1
    return index


def _without_condition(source: str, tokens: Sequence[Token], first: int, end: int) -> Edit:
    before = tokens[first - 1].word if first else ""
    after = tokens[end].word if end < len(tokens) else ""
    if "OR" in (before, after):
        return _replace(source, tokens, first, end, "(0 AND {})", "an alternative less")
    if before == "WHEN":
        return _replace(source, tokens, first, end, "NOT ({})", "a condition turned round")
    return _replace(source, tokens, first, end, "(1 OR {})", "a condition less")


def _assignments(tokens: Sequence[Token], index: int) -> Iterator[tuple[int, int]]:
    for first, end in lexer.items(tokens, index + 1):
        if end - first > 2 and tokens[first + 1].text == "=":
            yield first, end


def _without_assignment(source: str, tokens: Sequence[Token], first: int, end: int) -> Edit:
    return _replace(source, tokens, first + 2, end, f"iif(1, {tokens[first].text}, {{}})", "a SET less")


def _orders(source: str, tokens: Sequence[Token]) -> Iterator[Edit]:
    for index, token in enumerate(tokens[:-2]):
        if token.word not in ("ORDER", "GROUP") or tokens[index + 1].word != "BY":
            continue
        terms = lexer.items(tokens, index + 2)
        for number, (first, end) in enumerate(terms):
            if token.word == "ORDER":
                yield _turned(source, tokens, first, end)
            if len(terms) == 1:
                if token.word == "ORDER":
                    yield Edit(token.start, tokens[end - 1].end, "", "an ORDER BY less")
                continue
            start = tokens[terms[number - 1][1] - 1].end if number else tokens[first].start
            stop = tokens[end - 1].end if number else tokens[terms[1][0]].start
            yield Edit(start, stop, "", f"a term of {token.word} BY less")


def _turned(source: str, tokens: Sequence[Token], first: int, end: int) -> Edit:
    last = tokens[end - 1]
    if last.word in ("DESC", "ASC"):
        return Edit(last.start, last.end, "ASC" if last.word == "DESC" else "DESC", "an order turned round")
    return _replace(source, tokens, first, end, "{} DESC", "an order turned round")


def _limits(source: str, tokens: Sequence[Token]) -> Iterator[Edit]:
    for index, token in enumerate(tokens[:-1]):
        if token.word == "LIMIT":
            end = lexer.until(tokens, index + 1)
            yield _replace(source, tokens, index + 1, end, "-1 - {}", "a LIMIT less")
            yield _replace(source, tokens, index + 1, end, "1 + {}", "a LIMIT of one more")


def _values(source: str, tokens: Sequence[Token]) -> Iterator[Edit]:
    """NULL in place of a value that is inserted or put into a JSON object."""
    for index, token in enumerate(tokens):
        if token.word == "INSERT":
            inserted = next((i for i in range(index, len(tokens)) if tokens[i].word in ("VALUES", "SELECT")), None)
            if inserted is not None:
                first = inserted + 1 + (tokens[inserted].word == "VALUES")
                yield from _nulls(source, tokens, lexer.items(tokens, first))
    for index, arguments in lexer.calls(tokens):
        if tokens[index].text == "json_object":
            yield from _nulls(source, tokens, arguments[1::2])


def _nulls(source: str, tokens: Sequence[Token], values: Sequence[tuple[int, int]]) -> Iterator[Edit]:
    for first, end in values:
        if tokens[first].word != "NULL":
            yield _replace(source, tokens, first, end, "iif(1, NULL, {})", "a value less")


def _functions(source: str, tokens: Sequence[Token]) -> Iterator[Edit]:
    for index, arguments in lexer.calls(tokens):
        name = tokens[index]
        if name.text in ("coalesce", "ifnull") and len(arguments) == 2:
            yield Edit(name.start, tokens[index + 1].end, "iif(1, ", "a coalesce less")
        star = tokens[index + 2].text == "*"
        if name.text in _FUNCTIONS and not star and (name.text != "round" or len(arguments) == 1):
            yield Edit(name.start, name.end, _FUNCTIONS[name.text], "another function")


def _words(source: str, tokens: Sequence[Token]) -> Iterator[Edit]:
    for token, after in zip(tokens, [*tokens[1:], Token("", "", 0, 0, 0)], strict=True):
        pair = (token.word, after.word)
        if token.word == "DISTINCT" or pair == ("LEFT", "JOIN") or (token.word == "NOT" and after.word != "NULL"):
            yield Edit(token.start, token.end, "", f"a {token.word} less")
        elif pair in (("UNION", "ALL"), ("OR", "IGNORE"), ("OR", "REPLACE")):
            yield Edit(token.start if pair[0] == "OR" else after.start, after.end, "", f"a {' '.join(pair)} less")
        elif pair == ("IS", "NULL"):
            yield Edit(after.start, after.end, "NOT NULL", "a condition turned round")
        elif pair == ("IS", "NOT"):
            yield Edit(after.start, after.end, "", "a condition turned round")


def _bounds(source: str, tokens: Sequence[Token]) -> Iterator[Edit]:
    for token in tokens:
        if token.word == "BETWEEN" or token.kind == "between":
            yield Edit(token.end, token.end, " 1 +", "a bound of one more")


def _constants(tokens: Sequence[Token], covered: set[int]) -> Iterator[Edit]:
    """Operators, numbers and texts. A `=` inside a condition or SET is left alone: those are dropped as a whole."""
    for index, token in enumerate(tokens):
        before = tokens[index - 1].word if index else ""
        if token.kind == "number" and before not in ("SELECT", "LIMIT"):  # the 1 of EXISTS (SELECT 1 …) means nothing
            more = str(int(float(token.text))) if "." in token.text else str(int(token.text) + 1)
            yield Edit(token.start, token.end, more, "another number")
        elif token.kind == "text":
            yield Edit(token.start + 1, token.start + 1, "XX", "another text")
        elif token.kind == "operator" and _is_binary(tokens, index):
            if token.text in _OPERATORS:
                yield Edit(token.start, token.end, _OPERATORS[token.text], "another operator")
            elif token.text == "=" and index not in covered:
                yield Edit(token.start, token.end, "<>", "another operator")


def _is_binary(tokens: Sequence[Token], index: int) -> bool:
    """Tells `a * b` from `SELECT *` and `count(*)`, and `a - b` from `-b`."""
    if not 0 < index < len(tokens) - 1:
        return False
    before, after = tokens[index - 1], tokens[index + 1]
    operand = before.kind in ("number", "value", "text") or before.text in (")", "END")
    named = before.kind == "word" and before.word not in lexer.STOPS | {"SELECT", "BY", "DISTINCT"}
    return (operand or named) and after.word not in lexer.STOPS and after.text not in (")", ",")
