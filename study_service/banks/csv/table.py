"""The table of a CSV file: its separator, its columns, and its rows as cells by column."""

import csv
import io
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from study_service.banks.bank import MAX_OPTIONS

# The module's own limit of 131,072 characters in a cell would stop a whole file. Cells have limits of ours.
csv.field_size_limit(sys.maxsize)

OF_QUESTION = (
    *("id", "type", "objective", "objectiveCode", "question", "correct", "explanation", "difficulty", "tags"),
    *("reference", "link", "image", "unit", "units", "imageSize"),
)
OF_OPTION = (
    *("option", "feedback", "weight", "fixed", "name", "caseSensitive", "number", "target", "place", "region"),
)
_NUMBERED = [f"{name}{number}" for name in OF_OPTION for number in range(1, MAX_OPTIONS + 1)]
# All columns, in the order in which they are written: options stand behind their question.
NAMES = (*OF_QUESTION[:5], *_NUMBERED[:MAX_OPTIONS], *OF_QUESTION[5:], *_NUMBERED[MAX_OPTIONS:])
_SEPARATORS = (",", ";", "\t")
_RUN = re.compile(r"'*[=+\-@\t\r\n]")  # what spreadsheets take for a formula, and what is so but for apostrophes


class BadTable(Exception):
    """Why the file is no table of questions."""

    def __init__(self, line: int | None, message: str) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True, slots=True)
class Row:
    """`cells` has no empty ones. `problem` says why they cannot be told apart."""

    line: int
    cells: dict[str, str]
    problem: str | None = None


def _key(name: str) -> str:
    """A column's name without capitals and what stands between words."""
    return re.sub(r"[\s_-]", "", name).lower()


_KNOWN = {_key(name): name for name in NAMES}


def read(text: str) -> tuple[tuple[str, ...], Iterator[Row]]:
    """The columns, "" for those without a name, and the rows that are not empty. Both raise BadTable."""
    records = _records(text, _separator(text))
    columns = _columns(*next(records, (None, [])))
    return columns, _rows(columns, records)


def written(columns: Sequence[str], rows: Iterable[dict[str, str]]) -> str:
    """The table, in which no text is run as a formula; weights are numbers."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([_cell(column, row.get(column, "")) for column in columns] for row in rows)
    return text.getvalue()


def _separator(text: str) -> str:
    """The separator by which the first row has the most columns of ours."""
    return max(_SEPARATORS, key=lambda separator: _known(text, separator))


def _known(text: str, separator: str) -> int:
    try:
        _, head = next(_records(text, separator), (None, []))
    except BadTable:
        return 0
    return sum(_key(name) in _KNOWN for name in head)


def _records(text: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not empty, each with the line where it starts."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    line = 1
    try:
        for record in reader:
            if any(map(str.strip, record)):
                yield line, record
            line = reader.line_num + 1
    except csv.Error as error:
        raise BadTable(line, f"the quotes of this row are not those of CSV: {error}") from None


def _columns(line: int | None, head: Sequence[str]) -> tuple[str, ...]:
    columns = [_KNOWN.get(_key(name), name.strip()) for name in head]
    if unknown := [name for name in columns if name and _key(name) not in _KNOWN]:
        known = f"{', '.join(OF_QUESTION)}, and {', '.join(f'{name}1' for name in OF_OPTION)} and so on"
        raise BadTable(line, f"unknown column(s) {_listed(unknown)}; known are {known}")
    if twice := [name for name, count in Counter(filter(None, columns)).items() if count > 1]:
        raise BadTable(line, f"column(s) {_listed(twice)} are there twice")
    if "question" not in columns:
        raise BadTable(line, "the first row does not name the columns: there is no column question")
    return tuple(columns)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f'"{name[:50]}"' for name in names[:5]) + (" …" if len(names) > 5 else "")


def _rows(columns: Sequence[str], records: Iterable[tuple[int, list[str]]]) -> Iterator[Row]:
    for line, record in records:
        cells = [_plain(cell) for cell in record]
        named = {column: cell for column, cell in zip(columns, cells, strict=False) if cell}
        problem = None
        if "" in named or any(cells[len(columns) :]):
            problem = f"it has more cells than the {len(columns)} columns, or cells in one without a name"
        yield Row(line, named, problem)


def _plain(cell: str) -> str:
    """The text of a cell, as `_cell` got it, with \\n at its line ends."""
    text = cell.replace("\r\n", "\n").replace("\r", "\n").strip()
    return text[1:] if text.startswith("'") and _RUN.match(text) else text


def _cell(column: str, text: str) -> str:
    return f"'{text}" if _RUN.match(text) and not column.startswith("weight") else text
