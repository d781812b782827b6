"""What a file says of a question, in the columns of the table, and which of its questions say the same."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from shared_schema.fields import dumps, loads
from shared_schema.rows import Unusable
from shared_schema.tables.bank import Question as QuestionTable
from study_service import digests, grading, options
from study_service.banks.bank import Problem, Question
from study_service.importing import catalog
from study_service.importing.options import listed
from study_service.question_rows import Filed

# Names of the columns as a report has them.
FIELDS = {
    "text": "text",
    "type": "type",
    "answers": "answers",
    "explanation": "explanation",
    "reference": "reference",
    "external_link": "externalLink",
    "difficulty": "difficulty",
    "tags": "tags",
    "image_url": "imageUrl",
    "ai_model": "aiModel",
    "ai_prompt_version": "aiPromptVersion",
    "ai_confidence_score": "aiConfidenceScore",
    "objective": "objectiveId",
    "external_id": "externalId",
    "review_status": "reviewStatus",
}


class Content(Filed):
    """What an import stores of a question. `objective` is the objective's code."""

    objective: str
    text_digest: str
    content_digest: str
    bands: str


@dataclass(frozen=True, slots=True)
class Item:
    """A question of a file. `states` are the columns, of those that a file need not state, that it does state."""

    item: int
    line: int | None
    content: Content
    states: frozenset[str]


def text_digest(question: Question) -> str:
    """By what a stored question of the same text is looked for."""
    return digests.of_text(question.text)


def gradable(questions: Sequence[Question], codes: Mapping[str, str], problems: list[Problem]) -> Iterator[Item]:
    """The questions that can be graded, whichever format they came in; the others become problems of the file."""
    for question in questions:
        answers = listed(question)
        try:
            grading.usable(question.type, answers)
        except Unusable as error:
            problems.append(Problem(question.item, question.line, f"the list of its answers {error.problem}"))
            continue
        content: Content = {
            "external_id": question.external_id,
            "text": question.text,
            "type": question.type,
            "answers": QuestionTable.answers.db_value(answers) or "[]",
            "explanation": question.explanation,
            "reference": question.reference,
            "external_link": question.external_link,
            "difficulty": question.difficulty,
            "tags": QuestionTable.tags.db_value(list(question.tags)) or "[]",
            "image_url": question.image_url,
            "ai_model": question.ai_model,
            "ai_prompt_version": question.ai_prompt_version,
            "ai_confidence_score": question.ai_confidence_score,
            "objective": codes[catalog.home(question)],
            "text_digest": text_digest(question),
            "content_digest": digests.of_content(question.text, question.type, answers),
            "bands": "",  # of a new text: see `plan`
        }
        states = question.states | ({"objective"} if question.objective else set())
        yield Item(question.item, question.line, content, states)


def distinct(
    items: Sequence[Item], names: Collection[str | None], problems: list[Problem]
) -> tuple[list[Item], list[Problem]]:
    """The items without repetitions, and the repetitions as what is lost.

    One with another key is a problem: one of the two is wrong. Questions that are there, with an id each of these
    `names`, are no repetitions: a format may write two that differ in the same way.
    """
    kept: list[Item] = []
    repeated: list[Problem] = []
    of_id: dict[str, Item] = {}
    of_content: dict[str, Item] = {}
    for item in items:
        name, content = item.content["external_id"], item.content["content_digest"]
        twin = of_content.get(content)
        if (
            twin is not None
            and name != twin.content["external_id"]
            and {name, twin.content["external_id"]} <= set(names)
        ):
            kept.append(item)
            continue
        if twin is None and name is not None and name in of_id:
            message = f"its id {name!r} is that of item {of_id[name].item}, too"
            problems.append(Problem(item.item, item.line, message))
        elif twin is None:
            kept.append(item)
            of_content[content] = item
            if name is not None:
                of_id[name] = item
        elif _right(twin) != _right(item):
            message = f"the same question as item {twin.item}, with another key"
            problems.append(Problem(item.item, item.line, message))
        else:
            other = _differing(twin, item)
            message = f"the same question as item {twin.item}{other and f', with another {other}'}: left out"
            repeated.append(Problem(item.item, item.line, message))
    return kept, repeated


def _differing(one: Item, other: Item) -> str:
    """In what two items of the same text, options and key differ; empty for nothing."""
    before, after = loads(one.content["answers"]), loads(other.content["answers"])
    if not options.same(before, after, in_order=one.content["type"] in grading.IN_ORDER):
        return "weight or feedback of an option"
    names = FIELDS.keys() - {"answers", "review_status"}
    return min((FIELDS[name] for name in names if _value(one, name) != _value(other, name)), default="")


def _right(item: Item) -> set[str]:
    return {option["id"] for option in loads(item.content["answers"]) if option["isCorrect"]}


def _value(item: Item, name: str) -> object:
    return dumps(item.content[name]) if name != "text" else " ".join(item.content["text"].split())  # type: ignore[literal-required]  # a column
