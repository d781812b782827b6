"""Edits by models: versions of a question that wait beside it until a moderator approves one of them."""

from collections.abc import Mapping, Sequence
from typing import cast

import peewee

from shared_schema import audit, rows
from shared_schema.audit import Actor
from shared_schema.database import Guard, Statement, require_changes
from shared_schema.database.batch import Query
from shared_schema.fields import JSONField
from shared_schema.problems import Conflict
from shared_schema.tables import db
from shared_schema.tables.bank import Question
from study_service import digests, question_rows, questions, resembling
from study_service.editing import reviews, versions
from study_service.editing.versions import VersionRow
from study_service.question_rows import Changes, Origin, Stated

# What a version says.
CONTENT = (
    "objective_id", "text", "type", "answers", "explanation", "reference", "external_link", "difficulty", "tags",
    "image_url",
)  # fmt: skip
# Columns that can change in the present version. Where a waiting one has what the question had, it follows: it was made
# from that, and its approval must not bring back what a person has changed since.
SAID = ("objective_id", "explanation", "reference", "external_link", "difficulty", "tags")
_FOLLOW = f"""
    UPDATE question_versions AS w SET
        {", ".join(f"{name} = iif(w.{name} IS q.{name}, n.{name}, w.{name})" for name in SAID)},
        review_status = iif({{overtaken}}, 'needs_revision', w.review_status)
    FROM ({{rows}}) n CROSS JOIN questions q ON q.id = n.row_id
    WHERE w.question_id = n.row_id AND w.version > q.version AND w.review_status = 'pending'
"""
# `{content}` are parameters for what the edit changes, and columns of the question for what it leaves.
_PROPOSE = f"""
    INSERT INTO question_versions (
        question_id, version, {", ".join(CONTENT)}, diagram_data, review_status, ai_generated, ai_model,
        ai_prompt_version, ai_confidence_score, created_by)
    SELECT id, :version, {{content}}, diagram_data, 'pending', 1, :ai_model, :ai_prompt_version, :ai_confidence_score,
        (SELECT id FROM users WHERE id = :user)
    FROM questions WHERE id = :question
"""
_APPROVE = f"""
    UPDATE questions SET {", ".join(f"{name} = v.{name}" for name in CONTENT)}, diagram_data = v.diagram_data,
        version = v.version, ai_generated = v.ai_generated, ai_model = v.ai_model,
        ai_prompt_version = v.ai_prompt_version, ai_confidence_score = v.ai_confidence_score, bands = :bands,
        text_digest = :text_digest, content_digest = :content_digest,
        review_status = 'approved', review_feedback = :feedback, reviewed_at = unixepoch(),
        reviewed_by = (SELECT id FROM users WHERE id = :user), updated_at = {question_rows.CHANGED_AT}
    FROM question_versions v
    WHERE questions.id = :question AND v.question_id = :question AND v.version = :version
        AND v.review_status = 'pending'
"""
_DECLINE = """
    UPDATE question_versions SET review_status = :status
    WHERE question_id = :question AND version = :version AND review_status = 'pending'
"""
# They were made from a version that is not the present one any more.
_SEND_BACK = """
    UPDATE question_versions SET review_status = 'needs_revision'
    WHERE question_id = :question AND version > :present AND version <> :version AND review_status = 'pending'
"""


def follow(question: Stated, changes: Changes, *, overtaken: bool) -> Statement:
    """The step, before the question is changed, that lets versions waiting beside it follow what is said about it. They
    are sent back where they are `overtaken` by a new version.
    """
    new = {name: _bound(name, changes.get(name, question[name])) for name in SAID}  # type: ignore[literal-required]  # columns of the question
    one = f"SELECT :question AS row_id, {', '.join(f':{name} AS {name}' for name in SAID)}"
    return follow_all(one, ":overtaken", {**new, "question": question["id"], "overtaken": int(overtaken)})


def follow_all(listed: str, overtaken: str, values: Mapping[str, object]) -> Statement:
    """The same for several questions: `listed` is a SELECT of their ids as `row_id` and of what is said about them,
    `overtaken` the SQL condition, of their rows as `q` and these as `n`, that they become new versions.
    """
    return Statement(_FOLLOW.format(rows=listed, overtaken=overtaken), values)


def propose(
    question: Stated,
    known: Sequence[VersionRow],
    version: int,
    changes: Changes,
    origin: Origin,
    guards: Sequence[Guard],
    actor: Actor,
) -> VersionRow:
    """Put an edit by a model beside the question, as this version. `known` are its versions: if one of them waits and
    is the same edit of the same `origin`, nothing is written. `guards` stop the batch.
    """
    wanted = {name: changes.get(name, question[name]) for name in CONTENT}  # type: ignore[literal-required]  # columns of the question
    for row in known:
        if _waits(row, question) and {**wanted, **origin}.items() <= row.items():
            return versions.whole(row)
    content = [f":{name}" if name in changes else name for name in CONTENT]
    values = {name: _bound(name, value) for name, value in changes.items()}
    who = {"question": question["id"], "version": version, "user": actor.user_id, **origin}
    old = {name: question[name] for name in changes}  # type: ignore[literal-required]  # columns of the question
    new = {**changes, "version": version, **origin}
    steps: list[Query | Guard] = [
        *guards,
        audit.entry(actor, "question.propose", "question", question["id"], old=old, new=new),
        Statement(_PROPOSE.format(content=", ".join(content)), values | who),
        versions.read_one(question["id"], version),
    ]
    return db.batch(steps)[-1].one(VersionRow)


def review(
    question_id: int, version: int, status: str, feedback: str | None, actor: Actor, *, by_another: bool
) -> VersionRow:
    """Approve a version that waits, so that it becomes the question's present one, or decline it; as it is now.

    NotFound without it, Conflict where it does not wait any more, Forbidden for an approval by who has sent it, if it
    takes another one (`by_another`); Damaged, and nothing changed, for the approval of one that cannot be graded.
    """
    read = db.fetch([questions.read(question_id), versions.read_one(question_id, version)])
    question, waiting = questions.one(read[0]), versions.one(read[1])
    _check_waits(waiting, question)
    values = {"question": question_id, "version": version, "user": actor.user_id}
    old = {"version": version, "review_status": "pending"}
    new = {"version": version, "review_status": status, "review_feedback": feedback}
    steps: list[Query | Guard] = [
        audit.entry(actor, "question.review_version", "question", question_id, old=old, new=new)
    ]
    if status == "approved":
        reviews.check_is_another(waiting["created_by"], actor, by_another=by_another)
        steps += _approve(question, waiting, feedback, actor)
    else:
        steps.append(Statement(_DECLINE, {**values, "status": status}))
        steps.append(require_changes(1, otherwise=_moved))
    try:
        return db.batch([*steps, versions.read_one(question_id, version)])[-1].one(VersionRow)
    except peewee.IntegrityError as error:
        raise digests.duplicate(error) from None


def _approve(question: Stated, waiting: VersionRow, feedback: str | None, actor: Actor) -> list[Query | Guard]:
    question_id, version = question["id"], waiting["version"]
    values = {"question": question_id, "version": version, "user": actor.user_id, "feedback": feedback}
    content: dict[str, object] = {name: waiting[name] for name in CONTENT}  # type: ignore[literal-required]  # columns of both
    becomes = cast("Stated", {**question, **content})
    rows.one("question_versions", becomes, question_rows.gradable)
    new = {**content, "version": version, "review_status": "approved", "review_feedback": feedback}
    derived = digests.of_question(waiting["text"], waiting["type"], waiting["answers"])
    derived["bands"] = resembling.bands(waiting["text"])
    return [
        questions.unchanged(question, otherwise=_moved),
        audit.change(actor, "question.change", "question", Question, question_id, new),
        Statement(_SEND_BACK, {"question": question_id, "version": version, "present": question["version"]}),
        Statement(_APPROVE, {**values, **derived}),
        require_changes(1, otherwise=_moved),
        questions.recount({"exam": question["exam_id"], "vendor": None, "code": None}),
    ]


def _moved() -> Conflict:
    return Conflict("somebody else has just changed this question or reviewed the version: read it again")


def _waits(version: VersionRow, question: Stated) -> bool:
    return version["review_status"] == "pending" and version["version"] > question["version"]


def _check_waits(version: VersionRow, question: Stated) -> None:
    """Raise Conflict, with the state, unless the version waits."""
    number, present = version["version"], question["version"]
    if number == present:
        raise Conflict(f"version {number} is the present one: review the question itself")
    if version["review_status"] != "pending":
        raise Conflict(f"version {number} is {version['review_status']}")
    if number < present:
        raise Conflict(f"version {number} was made from an earlier version than {present}, which is the present one")


def _bound(name: str, value: object) -> object:
    """A value of this column as a statement takes it."""
    field = Question._meta.fields[name]
    return field.db_value(value) if isinstance(field, JSONField) else value
