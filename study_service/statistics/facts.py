"""The facts that statistics are made of: the first answer of each learner to each version of an exam's questions.

"First" is by arrival, as in `attempt_number`. Answers in practice and in timed tests count alike.
"""

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypedDict

import numpy as np

from shared_schema.database import Statement
from shared_schema.fields import dumps
from shared_schema.problems import NotFound
from shared_schema.tables import db
from study_service.statistics import matrix
from study_service.statistics.matrix import Matrix, Numbers, Places

_PAGE = 20_000  # answers in one round trip
_QUESTIONS = 500  # questions in one round trip

_EXAM = """
    SELECT s.changes, s.answers, e.question_count AS length
    FROM exam_statistics s JOIN exams e ON e.id = s.exam_id WHERE s.exam_id = :exam
"""
_COUNTS = """
    SELECT q.id AS question, q.version AS current,
        (SELECT count(*) FROM user_answers a WHERE a.question_id = q.id) AS answers
    FROM questions q WHERE q.exam_id = :exam ORDER BY q.id
"""
# min(a.id) is the only aggregate, so the other columns are of the row that has it: sqlite.org/lang_select.html#bareagg
_FIRST = """
    SELECT a.question_id AS question, a.user_id AS learner, a.question_version AS version, a.is_correct AS right,
        a.selected_answer AS text, a.time_spent_seconds AS seconds, min(a.id) AS id
"""
# Of several questions, which have no more answers together than a page.
_OF_SEVERAL = f"""
    {_FIRST} FROM json_each(:questions) wanted CROSS JOIN user_answers a ON a.question_id = wanted.value
    GROUP BY wanted.value, a.user_id, a.question_version
"""
# Of one question, the page behind a learner and a version.
_OF_ONE = f"""
    {_FIRST} FROM user_answers a
    WHERE a.question_id = :question AND (a.user_id, a.question_version) > (:learner, :version)
    GROUP BY a.user_id, a.question_version ORDER BY a.user_id, a.question_version LIMIT :limit
"""
_CONTENT = """
    SELECT question_id AS question, version, type, answers FROM question_versions
    WHERE question_id IN (SELECT value FROM json_each(:questions))
"""


class Item(NamedTuple):
    """One version of a question."""

    question: int
    version: int


class Answer(NamedTuple):
    """What was answered to the item at this place, and whether it was right."""

    item: int
    text: str
    right: bool


class Content(TypedDict):
    """What a version asks; `answers` is JSON text."""

    question: int
    version: int
    type: str
    answers: str


class _Exam(TypedDict):
    changes: int
    answers: int
    length: int


class _Count(TypedDict):
    question: int
    current: int
    answers: int


class _First(TypedDict):
    question: int
    learner: int
    version: int
    right: bool
    text: str
    seconds: int | None


@dataclass(frozen=True, slots=True)
class Facts:
    """`items` are those that were answered. By cell of the matrix: `seconds` (NaN where nobody knows them), and
    `response`, the place of what was answered in `responses`.

    `current` says of each item whether it is the version that is given now. `changes` and `counted` are the counters of
    the exam at the time, `answers` how many it really had; `length` is how many questions a test of it has.
    """

    changes: int
    counted: int
    answers: int
    length: int
    items: list[Item]
    content: dict[Item, Content]
    current: list[bool]
    matrix: Matrix
    seconds: Numbers
    response: Places
    responses: list[Answer]


def read(exam_id: int) -> Facts:
    """The facts of an exam that has its row in `exam_statistics`. NotFound without that row."""
    about, counted = db.fetch([Statement(_EXAM, {"exam": exam_id}), Statement(_COUNTS, {"exam": exam_id})], fresh=True)
    exam, counts = about.first(_Exam), counted.all(_Count)
    if exam is None:
        raise NotFound("no such exam")
    gathered = _Gathered()
    for questions in _round_trips([count for count in counts if count["answers"]]):
        _read(questions, gathered)
    current = {Item(count["question"], count["current"]) for count in counts}
    items = list(gathered.items)
    return Facts(
        changes=exam["changes"],
        counted=exam["answers"],
        length=exam["length"],
        answers=sum(count["answers"] for count in counts),
        items=items,
        content={item: gathered.content[item] for item in items if item in gathered.content},
        current=[item in current for item in items],
        matrix=gathered.matrix(),
        seconds=np.array(gathered.seconds, np.float64),
        response=np.array(gathered.response, np.int64),
        responses=list(gathered.responses),
    )


@dataclass(slots=True)
class _Gathered:
    """Cells, one after the other; places are given in the order of appearance."""

    items: dict[Item, int] = field(default_factory=dict)
    learners: dict[int, int] = field(default_factory=dict)
    responses: dict[Answer, int] = field(default_factory=dict)
    content: dict[Item, Content] = field(default_factory=dict)
    learner: "array[int]" = field(default_factory=lambda: array("q"))
    item: "array[int]" = field(default_factory=lambda: array("q"))
    right: "array[int]" = field(default_factory=lambda: array("q"))
    response: "array[int]" = field(default_factory=lambda: array("q"))
    seconds: "array[float]" = field(default_factory=lambda: array("d"))

    def add(self, answer: _First) -> None:
        item = self.items.setdefault(Item(answer["question"], answer["version"]), len(self.items))
        self.item.append(item)
        self.learner.append(self.learners.setdefault(answer["learner"], len(self.learners)))
        self.right.append(answer["right"])
        given = Answer(item, answer["text"], bool(answer["right"]))
        self.response.append(self.responses.setdefault(given, len(self.responses)))
        seconds = answer["seconds"]
        self.seconds.append(float("nan") if seconds is None or seconds < 0 else seconds)

    def matrix(self) -> Matrix:
        cells = np.stack([np.array(column, np.int64) for column in (self.learner, self.item, self.right)], axis=1)
        return matrix.of(cells, [item.question for item in self.items])


def _round_trips(counts: Sequence[_Count]) -> Iterator[list[int]]:
    """The questions, in groups that are read together."""
    group: list[int] = []
    answers = 0
    for count in counts:
        if group and (len(group) == _QUESTIONS or answers + count["answers"] > _PAGE):
            yield group
            group, answers = [], 0
        group.append(count["question"])
        answers += count["answers"]
    if group:
        yield group


def _read(questions: Sequence[int], gathered: _Gathered) -> None:
    """Gather what these questions ask, and the first answers to them."""
    first = _of_one(questions[0]) if len(questions) == 1 else _of_several(questions)
    content, result = db.fetch([Statement(_CONTENT, {"questions": dumps(questions)}), first], fresh=True)
    gathered.content |= {Item(row["question"], row["version"]): row for row in content.all(Content)}
    answers = result.all(_First)
    while answers:
        for answer in answers:
            gathered.add(answer)
        if len(questions) > 1 or len(answers) < _PAGE:
            break
        last = answers[-1]
        answers = db.fetch([_of_one(questions[0], last["learner"], last["version"])], fresh=True)[0].all(_First)


def _of_several(questions: Sequence[int]) -> Statement:
    return Statement(_OF_SEVERAL, {"questions": dumps(questions)})


def _of_one(question: int, learner: int = 0, version: int = 0) -> Statement:
    return Statement(_OF_ONE, {"question": question, "learner": learner, "version": version, "limit": _PAGE})
