"""Lists of questions for moderators: by what they are, and by the words that they have."""

from collections.abc import Callable, Iterator
from typing import TypedDict

import peewee

from shared_schema import rows
from shared_schema.database import Statement
from shared_schema.rows import Page
from shared_schema.tables import db
from shared_schema.tables.bank import Question
from study_service import question_rows, questions, search
from study_service.question_rows import QuestionRow

# The words first, as CROSS says, which also keeps their order: that of the ids.
_SEARCH = f"""
    SELECT h.*, {question_rows.DOCUMENT} AS document
    FROM (SELECT rowid AS id{{snippets}} FROM question_search
          WHERE question_search MATCH :words AND rowid > :after ORDER BY rowid LIMIT :limit) h
    CROSS JOIN questions ON questions.id = h.id
"""
_SEARCH_WORDS = _SEARCH.format(snippets=f", {', '.join(search.snippets())}")
_SEARCH_STATES = _SEARCH.format(snippets="")


class Filter(TypedDict, total=False):
    """What a listed question must have; `q` are words. Without `deleted` it is not deleted."""

    exam_id: int
    objective_id: int
    review_status: str
    ai_generated: bool
    flagged: bool
    deleted: bool
    q: str


class Listed(QuestionRow):
    """A question, and where the words were found: snippets of HTML by field."""

    highlights: dict[str, str]


class _Found(TypedDict):
    """A question of a search, as JSON text, and the snippets of its fields."""

    id: int
    document: str


def page(after: int, limit: int, wanted: Filter) -> Page[Listed]:
    """Questions with an id above `after`, at most `limit`, that pass the filter."""
    if "q" in wanted:
        return _search(after, limit, wanted)
    if "review_status" in wanted or "ai_generated" in wanted:  # no other index finds those that are few
        return _in_state(after, limit, wanted)
    query = questions.select().where(Question.id > after, *_conditions(wanted)).order_by(Question.id).limit(limit)
    return rows.page("questions", db.fetch([query])[0].all(QuestionRow), _listed, limit)


def _conditions(wanted: Filter) -> Iterator[peewee.Expression]:
    # SQLite reads a partial index only where its condition stands in the statement. Deleted and flagged questions are
    # few: they are read by the index of their own, since the + 0 keeps that of an exam from being read instead.
    yield Question.is_active == peewee.SQL("0" if wanted.get("deleted") else "1")
    few = wanted.get("deleted") or wanted.get("flagged")
    for column in (Question.exam_id, Question.objective_id):
        if column.name in wanted:
            yield (column + 0 if few else column) == wanted.get(column.name)
    if "flagged" in wanted:
        yield Question.open_flags > peewee.SQL("0") if wanted["flagged"] else Question.open_flags == 0


def _search(after: int, limit: int, wanted: Filter) -> Page[Listed]:
    words = search.expression(wanted["q"], list(_scope(wanted)))
    if words is None:
        return Page([], None)
    begin, end = search.MARKS
    values = {"words": words, "after": after, "limit": limit, "begin": begin, "end": end}
    return _page(Statement(_SEARCH_WORDS, values), _found, limit)


def _in_state(after: int, limit: int, wanted: Filter) -> Page[Listed]:
    values = {"words": search.within(list(_scope(wanted))), "after": after, "limit": limit}
    return _page(Statement(_SEARCH_STATES, values), _of_document, limit)


def _page(query: Statement, read: Callable[[_Found], Listed], limit: int) -> Page[Listed]:
    (result,) = db.fetch([query])
    return rows.page("questions", sorted(result.all(_Found), key=lambda row: row["id"]), read, limit)


def _scope(wanted: Filter) -> Iterator[str]:
    """The words that stand for the filter in the index; see `tables.search`."""
    yield "deleted" if wanted.get("deleted") else "active"
    if "exam_id" in wanted:
        yield f"exam{wanted['exam_id']}"
    if "objective_id" in wanted:
        yield f"objective{wanted['objective_id']}"
    if "review_status" in wanted:
        yield wanted["review_status"]
    if "ai_generated" in wanted:
        yield "model" if wanted["ai_generated"] else "people"
    if "flagged" in wanted:
        yield "flagged" if wanted["flagged"] else "unflagged"


def _listed(question: QuestionRow) -> Listed:
    return {**question_rows.whole(question), "highlights": {}}


def _of_document(row: _Found) -> Listed:
    return _listed(question_rows.of_text(row["document"]))


def _found(row: _Found) -> Listed:
    return {**_of_document(row), "highlights": search.highlights(row)}  # type: ignore[arg-type]  # it has the snippets
