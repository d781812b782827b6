"""Writer of CSV files."""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from study_service.banks import carried, numbers
from study_service.banks.bank import MAX_OPTIONS, Bank, Choice, Question, Unusable, Written
from study_service.banks.csv import cells, key, table
from study_service.banks.csv.reader import read

# Columns that are there even if no question fills them: what they have not is to be nowhere.
_ALWAYS = {"id", "type", "objective", "question", "correct", "explanation", "difficulty", "tags", "reference"} | {
    *("link", "image", "option1", "option2")
}


def write(bank: Bank) -> Written:
    """The bank as CSV, with the columns that it needs. A question that CSV cannot carry is left out."""
    codes = {objective.name: objective.code for objective in bank.objectives if objective.code}
    alone = carried.alone(bank, lambda question: _table([_row(question, codes)]), read)
    return Written(_table([_row(question, codes) for question, _ in alone.files]).encode(), alone.losses)


def _table(rows: list[dict[str, str]]) -> str:
    needed = _ALWAYS.union(*rows)
    columns = [name for name in table.NAMES if name in needed]
    return table.written(columns, rows)


def _row(question: Question, codes: Mapping[str, str]) -> dict[str, str]:
    """The cells that say something."""
    if len(question.choices) > MAX_OPTIONS:
        raise Unusable(f"more than {MAX_OPTIONS} options")
    row = {
        "id": question.external_id,
        "type": question.type,
        "objective": question.objective,
        "objectiveCode": codes.get(question.objective or ""),
        "question": question.text,
        "correct": _correct(question),
        "explanation": question.explanation,
        "difficulty": str(question.difficulty),
        "tags": cells.joined(question.tags),
        "reference": question.reference,
        "link": question.external_link,
        "image": question.image_url,
        "unit": question.unit,
        "units": cells.joined(f"{unit}={worth}" for unit, worth in question.units.items()),
        "imageSize": "{}x{}".format(*question.image_size) if question.image_size else None,
    }
    for number, choice in enumerate(question.choices, 1):
        row |= {f"{name}{number}": cell for name, cell in _cells(choice, question.type)}
    return {name: cell for name, cell in row.items() if cell}


def _correct(question: Question) -> str:
    if question.type == "drag_drop":
        return ""
    right = [place for place, choice in enumerate(question.choices) if choice.is_correct]
    return key.written(right, [choice.text for choice in question.choices])


def _cells(choice: Choice, kind: str) -> Iterator[tuple[str, str | None]]:
    """The cells of an option, by the names of their columns without its number."""
    yield "option", None if choice.is_target else choice.text
    yield "feedback", choice.explanation
    yield "weight", None if choice.weight is None else repr(float(choice.weight))
    yield "fixed", {True: "yes", False: "no", None: None}[choice.fixed]
    yield "name", choice.name
    yield "caseSensitive", "yes" if choice.case_sensitive else None
    yield "number", _number(choice) if kind == "numeric" else None
    yield "target", choice.text if choice.is_target else choice.target
    yield "place", None if choice.place is None else str(choice.place)
    yield "region", f"{choice.region} {_coordinates(choice.coords)}" if choice.region else None


def _number(choice: Choice) -> str | None:
    """The limits of a number, unless its text says them."""
    text = numbers.written(choice.number)
    return None if text == choice.text else text


def _coordinates(coords: Iterable[float]) -> str:
    return " ".join(f"{Decimal(repr(side)):f}" for side in coords)
