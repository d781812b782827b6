"""SQL in Python source, cut into tokens with their place in the file and their depth of nesting."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""(?P<text>'(?:[^']|'')*')
      | (?P<value>\{[^{}]*\} | \? | :[a-z_]\w*)
      | (?P<number>\d+(?:\.\d+)?)
      | (?P<word>[A-Za-z_]\w*(?:\.\w*)*)
      | (?P<operator><=|>=|<>|!=|\|\||->>|->|[-+*/%<>=])
      | (?P<mark>[(),;])""",
    re.VERBOSE,
)
# Words that end an expression or a list of expressions on their own level.
_CLAUSES = ("WHERE", "GROUP", "ORDER", "LIMIT", "RETURNING", "UNION", "SET", "HAVING", "JOIN", "LEFT", "VALUES", "FROM")
STOPS = frozenset((*_CLAUSES, "AND", "OR", "ON", "THEN", "ELSE", "WHEN", "END", "DO", "AS"))


@dataclass(frozen=True, slots=True)
class Token:
    """`start` and `end` are offsets in the file. What is inside of brackets, or of CASE … END, is one level deeper."""

    kind: str
    text: str
    start: int
    end: int
    depth: int

    @property
    def word(self) -> str:
        """The word in capitals; empty for everything that is not a word."""
        return self.text.upper() if self.kind == "word" else ""


def read(source: str, bodies: Sequence[tuple[int, int]]) -> list[Token]:
    """The tokens of one SQL text, which may be written as several literals side by side.

    `bodies` are the offsets of each literal's content. The AND of a BETWEEN gets the kind "between".
    """
    tokens: list[Token] = []
    depth = 0
    between: list[int] = []
    for match in (match for start, end in bodies for match in _TOKEN.finditer(source, start, end)):
        kind, text = str(match.lastgroup), match.group()
        depth -= text == ")" or text == "END"
        if text == "BETWEEN":
            between.append(depth)
        elif text == "AND" and between and between[-1] == depth:
            kind = "between"
            between.pop()
        tokens.append(Token(kind, text, match.start(), match.end(), depth))
        depth += text == "(" or text == "CASE"
    return tokens


def until(tokens: Sequence[Token], first: int, *, comma: bool = True) -> int:
    """The index after the last token of the expression that begins at `first`."""
    depth = tokens[first].depth if first < len(tokens) else 0
    for index in range(first, len(tokens)):
        token = tokens[index]
        ends = token.word in STOPS or token.text == ";" or (comma and token.text == ",")
        if token.depth < depth or (token.depth == depth and ends):
            return index
    return len(tokens)


def items(tokens: Sequence[Token], first: int) -> list[tuple[int, int]]:
    """The expressions of the list with commas that begins at `first`, each as its first index and the one after it."""
    spans = []
    while (end := until(tokens, first)) > first:
        spans.append((first, end))
        if end == len(tokens) or tokens[end].text != ",":
            break
        first = end + 1
    return spans


def calls(tokens: Sequence[Token]) -> Iterator[tuple[int, list[tuple[int, int]]]]:
    """Each function call: the index of its name, and its arguments as in `items`."""
    for index in range(len(tokens) - 2):
        if tokens[index].kind == "word" and tokens[index + 1].text == "(" and tokens[index + 2].text != ")":
            yield index, items(tokens, index + 2)
