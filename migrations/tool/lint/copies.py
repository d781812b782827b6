"""What `INSERT INTO new SELECT … FROM old` copies: for each new column the expression that it gets."""

import re
from dataclasses import dataclass

from migrations.tool.rehearsal.record import Step
from migrations.tool.schema.structure import Table

_INSERT = re.compile(
    r"""\s*(?:INSERT(?:\s+OR\s+\w+)?|REPLACE)\s+INTO\s+["`\[]?(?P<into>\w+)["`\]]?\s*
        (?:\((?P<columns>[^)]*)\))?\s*SELECT\b(?:\s+ALL\b)?(?P<rest>.*)""",
    re.IGNORECASE | re.DOTALL | re.VERBOSE,
)
_TOKEN = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|\w+|\s+|.", re.DOTALL)
_PART = re.compile(r"\b(DISTINCT|WHERE(?!\s+(1|true)\b)|LIMIT|JOIN|GROUP|UNION|INTERSECT|EXCEPT)\b", re.IGNORECASE)
_NAME = re.compile(r"""(?:\w+\.)?["`\[]?(\w+)["`\]]?""")


@dataclass(frozen=True, slots=True)
class Copy:
    """`columns` is the expression for each new column, None where the statement cannot be understood. `part` says that
    it may leave rows out.
    """

    step: Step
    columns: dict[str, str] | None
    part: bool

    def source(self, column: str) -> str | None:
        """The old column whose values a new column gets unchanged; None where it gets another expression."""
        name = _NAME.fullmatch((self.columns or {}).get(column, ""))
        return name.group(1) if name else None


def read(step: Step, into: Table, source: Table) -> Copy:
    """The copy that a step makes from one table into another."""
    match = _INSERT.fullmatch(step.text)
    if match is None:
        return Copy(step, None, part=True)
    expressions, tail = _split(match["rest"])
    if expressions == ["*"]:
        expressions = _writable(source)
    names = [name.strip(' \n\t"`[]') for name in match["columns"].split(",")] if match["columns"] else _writable(into)
    columns = dict(zip(names, expressions, strict=True)) if len(names) == len(expressions) else None
    return Copy(step, columns, part=bool(_PART.search(match["rest"] if columns is None else tail)))


def expressions(text: str) -> list[str]:
    """What an `INSERT INTO … SELECT` selects, column by column, without quotes; nothing for another statement."""
    match = _INSERT.fullmatch(text)
    return [part.strip(' "`[]') for part in _split(match["rest"])[0]] if match else []


def _writable(table: Table) -> list[str]:
    """The columns that an INSERT without names fills."""
    return [column.name for column in table.columns.values() if not column.generated]


def _split(rest: str) -> tuple[list[str], str]:
    """The expressions of a SELECT, split at the outermost commas, and everything from FROM on."""
    parts, depth, end = [""], 0, len(rest)
    for token in _TOKEN.finditer(rest):
        text = token.group()
        depth += {"(": 1, ")": -1}.get(text, 0)
        if depth == 0 and text.upper() == "FROM":
            end = token.start()
            break
        if depth == 0 and text == ",":
            parts.append("")
        else:
            parts[-1] += text
    return [re.sub(r"\s+AS\s+\S+$", "", part.strip(), flags=re.IGNORECASE) for part in parts], rest[end:]
