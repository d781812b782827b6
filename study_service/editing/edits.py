"""Edits of questions: those of people count for new deliveries at once, those of a model wait beside the question."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import peewee

from shared_schema import audit
from shared_schema.audit import Actor
from shared_schema.database import Guard, require
from shared_schema.database.batch import Query
from shared_schema.problems import Conflict, PreconditionFailed, invalid
from shared_schema.rows import Unusable
from shared_schema.tables import db
from shared_schema.tables.bank import Question
from study_service import digests, grading, options, question_rows, questions, resembling
from study_service.editing import edited_options, versions, waiting
from study_service.editing.edited_options import Sent
from study_service.editing.versions import VersionRow
from study_service.grading import Option
from study_service.question_rows import Asked, Changes, Origin, Stated, Written
from study_service.resembling import Candidate, Resembling

# What is asked. A change of it is a new version; what is only said about it changes in the present one.
ASKED = {"text", "type", "answers", "image_url"}
_EXAM = "(SELECT exam_id FROM questions WHERE id = :question)"
OBJECTIVE = "EXISTS (SELECT 1 FROM objectives WHERE id = ? AND exam_id = ? AND is_active = 1)"
_NEXT = "(SELECT max(version) + 1 FROM question_versions WHERE question_id = ?) = ?"


class Wish(Written, total=False):
    """What a question shall have instead of what it has, and the `Origin` of that where a model wrote it."""

    answers: list[Sent]
    ai_model: str | None
    ai_prompt_version: str | None
    ai_confidence_score: float | None


@dataclass(frozen=True, slots=True)
class Edited:
    """The question as it is now, the version that waits beside it of an edit by a model, and the questions of its exam
    whose texts resemble the one that was sent.
    """

    question: Stated
    waits: VersionRow | None
    warnings: list[Resembling]


def edit(question_id: int, wish: Wish, expect: Callable[[str], None], actor: Actor) -> Edited:
    """Edit an active question: one read, one batch.

    `expect` is called with the state that was read and raises where the editor has seen another. An edit that changes
    nothing writes nothing. NotFound without the question, Invalid for what it cannot be, Conflict where the exam has
    the same question already.
    """
    written_by = origin(wish)
    near = [resembling.read([wish["text"]], _EXAM, {"question": question_id})] if "text" in wish else []
    read_question, read_versions, *candidates = db.fetch(
        [questions.read(question_id), versions.read(question_id), *near]
    )
    question, known = questions.one(read_question), read_versions.all(VersionRow)
    expect(question["state"])
    changes = _changes(question, known, wish)
    if not changes:
        return Edited(question, None, [])
    warnings = (
        []
        if "text" not in changes
        else resembling.nearest(changes["text"], candidates[0].all(Candidate), but=question_id)
    )
    version = 1 + max([row["version"] for row in known], default=question["version"])
    guards = _guards(question, version, changes)
    if written_by is not None:
        waits = waiting.propose(question, known, version, changes, written_by, guards, actor)
        return Edited(question, waits, warnings)
    steps = _steps(question, version, changes, actor)
    try:
        return Edited(db.batch([*guards, *steps, *questions.show(question_id)])[-1].one(Stated), None, warnings)
    except peewee.IntegrityError as error:
        raise digests.duplicate(error) from None


def _changes(question: Stated, known: Sequence[VersionRow], wish: Wish) -> Changes:
    """The columns that get another value. Invalid where the question could then not be asked."""
    values: dict[str, object] = {column: wish[column] for column in wish if column not in Origin.__annotations__}  # type: ignore[literal-required]  # its own keys
    if "answers" in wish:
        kind = wish.get("type", question["type"])
        listed = _options(kind, question, known, wish["answers"])
        if options.same(listed, question["answers"], in_order=kind in grading.IN_ORDER):
            listed = question["answers"]
        values["answers"] = listed
    changed = {column: value for column, value in values.items() if value != question[column]}  # type: ignore[literal-required]  # a Wish has columns of the question
    changes = cast("Changes", changed)
    if ASKED & changes.keys():
        check_gradable(_changed(question, changes))
    return changes


def origin(sent: Mapping[str, Any]) -> Origin | None:
    """Which model wrote what is sent, None for people. Invalid where more is said of a model, and not which."""
    told = {name: sent.get(name) for name in Origin.__annotations__}
    if told["ai_model"]:
        return cast("Origin", told)
    for name, value in told.items():
        if value is not None:
            raise invalid(name, "Say in aiModel which model wrote the question.")
    return None


def user(actor: Actor) -> peewee.SQL:
    """Who acts, if that is a user, for a column that refers to users."""
    return peewee.SQL("(SELECT id FROM users WHERE id = ?)", (actor.user_id,))


def check_gradable(question: Asked) -> None:
    """Raise Invalid, with the field, where a question that is sent could not be asked."""
    try:
        question_rows.gradable(question)
    except Unusable as error:
        raise invalid(error.column, f"It {error.problem}.") from None


def _changed(question: Stated, changes: Changes) -> Stated:
    return {**question, **changes}


def _options(kind: str, question: Stated, known: Sequence[VersionRow], sent: Sequence[Sent]) -> list[Option]:
    """The options as they are stored then, of a question that is of this type then."""
    earlier = [option for version in known for option in grading.readable_or_none(version["answers"]) or ()]
    return edited_options.checked(kind, sent, question["answers"], earlier)


def _guards(question: Stated, version: int, changes: Changes) -> list[Guard]:
    """The steps that stop a batch unless all is as it was read, `version` is free and the objective is the exam's."""
    elsewhere = Conflict("another edit of this question has just come in: send yours again")
    guards = [
        questions.unchanged(question, otherwise=PreconditionFailed),
        require(_NEXT, (question["id"], version), otherwise=lambda: elsewhere),
    ]
    if "objective_id" in changes:
        strange = invalid("objective_id", "The exam has no such objective.")
        guards.append(require(OBJECTIVE, (changes["objective_id"], question["exam_id"]), otherwise=lambda: strange))
    return guards


def _steps(question: Stated, version: int, changes: Changes, actor: Actor) -> list[Query | Guard]:
    """The steps that change the question. `version` is its next one, which it becomes if something else is asked."""
    question_id, values = question["id"], dict(changes)
    new: dict[str, Any] = {"updated_at": peewee.SQL(question_rows.CHANGED_AT)}
    is_version = bool(ASKED & changes.keys())
    if is_version:
        values |= {"version": version, "review_status": "pending"}
        becomes = _changed(question, changes)
        new |= digests.of_question(becomes["text"], becomes["type"], becomes["answers"])
        new["bands"] = resembling.of_text(becomes["text"])
        if question["review_status"] == "approved":
            values["review_status"] = "approved"
            new |= {"reviewed_at": peewee.SQL("unixepoch()"), "reviewed_by": user(actor)}
    steps: list[Query | Guard] = [
        waiting.follow(question, changes, overtaken=is_version),
        audit.change(actor, "question.change", "question", Question, question_id, values),
        Question.update(values | new).where(Question.id == question_id),
    ]
    if is_version:
        steps.append(versions.sign(str(question_id), version, actor))
    return steps
