"""Reader of CSV files."""

from collections.abc import Iterable, Sequence

from study_service.banks import decoding
from study_service.banks.bank import MAX_OBJECTIVES, MAX_QUESTIONS, Bank, Objective, Problem, Unusable
from study_service.banks.csv import rows, table
from study_service.banks.csv.table import Row


def read(data: bytes) -> Bank:
    try:
        columns, listed = table.read(decoding.decoded(data))
        return _bank(columns, listed)
    except decoding.NotText as error:
        return Bank(problems=[error.problem])
    except table.BadTable as error:
        return Bank(problems=[Problem(0, error.line, str(error))])


def _bank(columns: Sequence[str], listed: Iterable[Row]) -> Bank:
    bank, codes = Bank(), dict[str, str | None]()
    for item, row in enumerate(listed, 1):
        if item > MAX_QUESTIONS:
            return _refused(row, f"more than {MAX_QUESTIONS:,} questions: import them in several files")
        try:
            question = rows.question(item, row, columns)
            _add_objective(codes, question.objective, row.cells.get("objectiveCode"))
        except Unusable as reason:
            bank.problems.append(Problem(item, row.line, str(reason)))
        else:
            bank.questions.append(question)
        if len(codes) > MAX_OBJECTIVES:
            return _refused(row, f"more than {MAX_OBJECTIVES} objectives: the next is in this row")
    bank.objectives.extend(Objective(name, code=code) for name, code in codes.items() if code)
    return bank


def _refused(row: Row, message: str) -> Bank:
    return Bank(problems=[Problem(0, row.line, message)])


def _add_objective(codes: dict[str, str | None], name: str | None, code: str | None) -> None:
    """Note the code of an objective; every row that states it must state the same, and no other objective."""
    if name is None:
        return
    if code and codes.get(name) not in (None, code):
        raise Unusable(f'the objective has the code "{code}" here and "{codes[name]}" above')
    if code and codes.get(name) is None and code in codes.values():
        raise Unusable(f'the code "{code}" is that of another objective above')
    codes[name] = code or codes.get(name)
