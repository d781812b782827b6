"""SQL as text: names in quotes, statements without layout, a CREATE TABLE in its parts."""

import re
from functools import lru_cache

# Texts, names in quotes and comments: layout inside them is part of them. A line comment ends at its newline.
_KEPT = re.compile(r"('[^']*'|\"[^\"]*\"|--[^\n]*(?:\n|$)|/\*.*?\*/)", re.DOTALL)
_WORD = re.compile(r"\"((?:[^\"]|\"\")*)\"|`([^`]*)`|\[([^\]]*)\]|'(?:[^']|'')*'|(\w+)")
_TOKEN = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|`[^`]*`|\[[^\]]*\]|\w+|\s+|.", re.DOTALL)
_COMMENT = re.compile(r"('(?:[^']|'')*'|\"(?:[^\"]|\"\")*\")|--[^\n]*|/\*.*?\*/", re.DOTALL)


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def text(value: str) -> str:
    """A text as an SQL literal."""
    return "'" + value.replace("'", "''") + "'"


@lru_cache(maxsize=4096)  # a rehearsal reads the same texts after every statement
def normal(sql: str) -> str:
    """SQL text without the layout a person gave it, so that two texts of one table compare equal."""
    parts = _KEPT.split(sql)
    parts[::2] = [re.sub(r"\( ", "(", re.sub(r" ([),])", r"\1", re.sub(r"\s+", " ", part))) for part in parts[::2]]
    return "".join(parts).strip()


@lru_cache(maxsize=4096)
def plain(sql: str) -> str:
    """SQL text without layout and comments. People write them into tables, and the engine keeps them."""
    return normal(_COMMENT.sub(lambda match: match[1] or " ", sql))


def words(sql: str) -> frozenset[str]:
    """The names and keywords in a statement, in small letters, without quotes. Texts and comments do not count."""
    return frozenset(word.lower() for groups in _WORD.findall(plain(sql)) for word in groups if word)


def arguments(create: str) -> list[str]:
    """What stands between the parentheses of a CREATE VIRTUAL TABLE, split at its commas."""
    text = plain(create)
    return split(text[text.index("(") + 1 : text.rindex(")")]) if "(" in text else []


def clauses(create: str) -> list[str]:
    """The column definitions and table constraints of a CREATE TABLE, without layout and comments.

    An empty list for any other statement.
    """
    text = plain(create)
    if not re.match(r"CREATE TABLE\b", text, re.IGNORECASE) or "(" not in text:
        return []
    return split(text[text.index("(") + 1 : text.rindex(")")])


def split(body: str) -> list[str]:
    """A text split at its outermost commas."""
    parts, depth = [""], 0
    for token in re.findall(r"'(?:[^']|'')*'|\"[^\"]*\"|[(),]|[^'\"(),]+", body):
        depth += {"(": 1, ")": -1}.get(token, 0)
        if token == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += token
    return [part.strip() for part in parts]


def parenthesised(text: str) -> tuple[str, str]:
    """What stands inside the parentheses that a text begins with, and what follows them."""
    depth = 0
    for token in _TOKEN.finditer(text):
        depth += {"(": 1, ")": -1}.get(token.group(), 0)
        if depth == 0:
            return text[1 : token.start()], text[token.end() :]
    return text[1:], ""


def checks(create: str) -> list[str]:
    """The expressions of all CHECKs of a CREATE TABLE."""
    expressions = []
    for clause in clauses(create):
        depth, word = 0, ""
        for token in _TOKEN.finditer(clause):
            text = token.group()
            if text == "(" and depth == 0 and word.upper() == "CHECK":
                expressions.append(parenthesised(clause[token.start() :])[0])
            depth += {"(": 1, ")": -1}.get(text, 0)
            word = word if text.isspace() else text
    return expressions


def at_where(text: str) -> tuple[str, str]:
    """A text before and behind its outermost WHERE; `1` as the condition where there is none."""
    depth = 0
    for token in _TOKEN.finditer(text):
        depth += {"(": 1, ")": -1}.get(token.group(), 0)
        if depth == 0 and token.group().upper() == "WHERE":
            return text[: token.start()].strip(), text[token.end() :].strip()
    return text.strip(), "1"
