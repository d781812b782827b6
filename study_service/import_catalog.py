"""What a question file would change in the catalog, exams and objectives, and whether the import may do that."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from study_service import exams, objectives
from study_service.banks.bank import Bank, Problem, Question

GENERAL = "General"  # the objective of questions that name none

_EMPTY = "there is no question in it that can be imported, so it changes no exam and no objective"


def checked(bank: Bank, exam: exams.Known | None, named: Sequence[objectives.Known], *, keeps_catalog: bool) -> Bank:
    """The bank, in which each change of the catalog that this import may not make has become a problem.

    Only those who keep the catalog change it, and only together with questions. Others may import a file that
    describes its exam as it is stored; a question under another objective is a problem of that question.
    """
    stored = {objective["name"]: objective for objective in named}
    changes = list(_changes(bank, exam, stored))
    if keeps_catalog:
        problems = [Problem(0, None, _EMPTY)] if changes and not bank.questions else []
        return replace(bank, problems=[*problems, *bank.problems])
    problems = [Problem(0, None, f"only an admin may {change}") for change in changes]
    described = stored.keys() | {objective.name for objective in bank.objectives}
    homeless = {question.item: question for question in bank.questions if home(question) not in described}
    problems += [
        Problem(item, question.line, f"only an admin may add the objective {home(question)!r}")
        for item, question in homeless.items()
    ]
    questions = [question for question in bank.questions if question.item not in homeless]
    return replace(bank, questions=questions, problems=[*problems, *bank.problems])


def home(question: Question) -> str:
    """The name of the objective that a question goes to."""
    return question.objective or GENERAL


def _changes(bank: Bank, exam: exams.Known | None, stored: Mapping[str, objectives.Known]) -> Iterator[str]:
    """What the file says of exams and objectives that is not so yet, in words that follow `may`."""
    if bank.exam is not None and exam is None:
        yield f"add the exam {bank.exam.vendor} {bank.exam.code}"
    elif bank.exam is not None and exam is not None and exam["name"] != bank.exam.name:
        yield f"rename the exam to {bank.exam.name!r}"
    for objective in bank.objectives:
        before = stored.get(objective.name)
        if before is None:
            yield f"add the objective {objective.name!r}"
        elif objectives.differ(before, objective.description, objective.weight or 0.0):
            yield f"change the objective {objective.name!r}"
