"""What an import will do: each objective and question of a file is matched with those of the exam. No database here."""

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TypedDict

import orjson

from shared_schema.rows import Unusable
from shared_schema.tables.bank import Question as QuestionTable
from study_service import digests, grading, import_catalog, import_options, objectives
from study_service.banks.bank import Bank, Objective, Problem, Question
from study_service.grading import Option
from study_service.import_questions import Content, Known, Reviewed
from study_service.objectives import Wanted

MAX_ERRORS = 100  # in a report, of so many characters each
MAX_MESSAGE = 300


class _Counts(TypedDict):
    """How many questions were imported, updated and left as they are.

    `more_errors` says how many errors are not in the report.
    """

    imported: int
    updated: int
    skipped: int
    more_errors: int


class Report(_Counts):
    """What an import has done, and what is wrong with the other questions."""

    errors: list[Problem]


class ProblemRow(TypedDict):
    """A Problem as a receipt has it."""

    item: int
    line: int | None
    message: str


class Recorded(_Counts):
    """A report as a receipt has it."""

    errors: list[ProblemRow]


@dataclass(slots=True)
class Plan:
    """What an import would do, before it does it."""

    problems: list[Problem]
    new_objectives: list[Wanted] = field(default_factory=list)
    changed_objectives: list[Wanted] = field(default_factory=list)
    inserts: list[Reviewed] = field(default_factory=list)
    updates: list[Known] = field(default_factory=list)
    skipped: int = 0

    @property
    def unusable_file(self) -> bool:
        return unusable(self.problems)

    def report(self, *, applied: bool) -> Report:
        return {
            "imported": len(self.inserts) if applied else 0,
            "updated": len(self.updates) if applied else 0,
            "skipped": self.skipped,
            "errors": [_short(problem) for problem in self.problems[:MAX_ERRORS]],
            "more_errors": len(self.problems[MAX_ERRORS:]),
        }


def _short(problem: Problem) -> Problem:
    """The problem with no more of its message than a reader wants: texts of the file may be in it."""
    text = problem.message
    return problem if len(text) <= MAX_MESSAGE else replace(problem, message=text[:MAX_MESSAGE] + "…")


def unusable(problems: Iterable[Problem]) -> bool:
    """Whether the file itself is wrong, not only some of its questions."""
    return any(problem.item == 0 for problem in problems)


def text_digests(bank: Bank) -> list[str]:
    """The digests of the texts of all questions, by which stored questions are looked for."""
    return [digests.of_text(question.text) for question in bank.questions]


def make(bank: Bank, named: Sequence[objectives.Known], known: Sequence[Known], status: str | None) -> Plan:
    """The plan for a file, given the objectives of its exam and the stored questions with the texts of the file.

    A question is matched by text and options, else with the oldest that is left of its text: an edited option or a
    mended typo in one then updates its question instead of adding another. `status` is the review status that all
    questions shall get.
    """
    plan = Plan(list(bank.problems))
    codes = _plan_objectives(bank, named, plan)
    contents = _distinct([(question, _content(question, codes)) for question in _gradable(bank, plan)], plan)
    unmatched = {row["content_digest"]: row for row in known}
    same = [unmatched.pop(content["content_digest"], None) for content in contents]
    of_text: dict[str, deque[Known]] = defaultdict(deque)
    for row in unmatched.values():
        of_text[row["text_digest"]].append(row)
    for content, stored in zip(contents, same, strict=True):
        rest = of_text[content["text_digest"]]
        _decide(content, stored or (rest.popleft() if rest else None), status, plan)
    return plan


def _gradable(bank: Bank, plan: Plan) -> Iterator[Question]:
    """The questions that can be graded, whichever format they came in. The others are problems of the file."""
    for question in bank.questions:
        try:
            grading.usable(question.type, import_options.listed(question))
        except Unusable as error:
            plan.problems.append(Problem(question.item, question.line, f"the list of its answers {error.problem}"))
        else:
            yield question


def _plan_objectives(bank: Bank, named: Sequence[objectives.Known], plan: Plan) -> dict[str, str]:
    """Plan which objectives to create and which to change; the code of each by its name."""
    stored = {row["name"]: row for row in named}
    codes = {row["name"]: row["code"] for row in named}
    taken = set(codes.values())
    free = (str(number) for number in range(1, 100_000) if str(number) not in taken)
    for objective in _wanted(bank, stored):
        before = stored.get(objective.name)
        code = before["code"] if before else next(free)
        wanted = Wanted(code, objective.name, objective.description, objective.weight or 0.0, len(codes))
        codes[objective.name] = code
        if before is None:
            plan.new_objectives.append(wanted)
        elif objectives.differ(before, objective.description, objective.weight or 0.0):
            plan.changed_objectives.append(wanted)
    return codes


def _wanted(bank: Bank, stored: dict[str, objectives.Known]) -> list[Objective]:
    """The objectives that the file describes, and those that its questions name and nobody has described."""
    described = {objective.name for objective in bank.objectives} | stored.keys()
    names = dict.fromkeys(import_catalog.home(question) for question in bank.questions)
    return [*bank.objectives, *(Objective(name) for name in names if name not in described)]


def _content(question: Question, codes: dict[str, str]) -> Content:
    listed = import_options.listed(question)
    return {
        "text": question.text,
        "type": question.type,
        "answers": QuestionTable.answers.db_value(listed) or "[]",
        "explanation": question.explanation,
        "reference": question.reference,
        "external_link": question.external_link,
        "difficulty": question.difficulty,
        "tags": QuestionTable.tags.db_value(list(question.tags)) or "[]",
        "objective": codes[import_catalog.home(question)],
        "text_digest": digests.of_text(question.text),
        "content_digest": digests.of_content(question.text, question.type, listed),
    }


def _distinct(pairs: list[tuple[Question, Content]], plan: Plan) -> list[Content]:
    """The questions without repetitions. A repetition with another key is a problem of the file: one is wrong."""
    first: dict[str, tuple[Question, Content]] = {}
    for question, content in pairs:
        earlier, kept = first.setdefault(content["content_digest"], (question, content))
        if kept is content:
            continue
        if _right(kept) == _right(content):
            plan.skipped += 1
        else:
            message = f"the same question as item {earlier.item}, with another key"
            plan.problems.append(Problem(question.item, question.line, message))
    return [content for _, content in first.values()]


def _right(content: Content) -> set[str]:
    """The texts of the right options."""
    options: list[Option] = orjson.loads(content["answers"])
    return {option["text"] for option in options if option["isCorrect"]}


def _decide(content: Content, stored: Known | None, status: str | None, plan: Plan) -> None:
    if stored is None:
        plan.inserts.append({**content, "review_status": status or "pending"})
        return
    answers = import_options.kept(content["type"], content["answers"], stored["answers"])
    content = {**content, "answers": answers}
    same = content.items() <= stored.items()
    becomes = status or (stored["review_status"] if same else "pending")
    if same and becomes == stored["review_status"]:
        plan.skipped += 1
    else:
        plan.updates.append({**content, "id": stored["id"], "review_status": becomes})
