"""Bookmarks."""

from typing import Required, TypedDict

from marshmallow import fields

from shared_schema.web import auth, paging
from shared_schema.web.api import Blueprint
from shared_schema.web.auth import LEARNERS, allow
from shared_schema.web.schema import Instant, NoBody, Out, Page, QueryWhole, Whole
from study_service import bookmarks
from study_service.bookmarks import Bookmark

blp = Blueprint("bookmarks", __name__, url_prefix="/api", description="Questions that a learner has marked")


class BookmarkQuery(Page):
    exam_id = QueryWhole(1, metadata={"description": "Only of this exam"})


class ReadQuery(TypedDict, total=False):
    """A `BookmarkQuery` as it was read."""

    exam_id: int
    after: int
    limit: Required[int]


class BookmarkOut(Out):
    id = Whole(1)
    question_id = Whole(1)
    exam_id = Whole(1)
    objective_id = Whole(1)
    text = fields.String()
    difficulty = fields.Integer()
    tags = fields.List(fields.String())
    created_at = Instant()


class BookmarkPage(Out):
    bookmarks = fields.List(fields.Nested(BookmarkOut))
    next = Whole(1, allow_none=True)


@blp.route("/questions/<id:question_id>/bookmark", methods=["PUT"])
@allow(*LEARNERS)
@blp.arguments(NoBody, required=False)
@blp.response(200, BookmarkOut)
@blp.unless_damaged
def put_bookmark(_: object, question_id: int) -> Bookmark:
    """Mark a question, to be asked it again with `only=bookmarked`"""
    return bookmarks.put(auth.user_id(), question_id)


@blp.route("/questions/<id:question_id>/bookmark", methods=["DELETE"])
@allow(*LEARNERS)
@blp.response(204)
def remove_bookmark(question_id: int) -> None:
    """Take the mark away"""
    bookmarks.remove(auth.user_id(), question_id)


@blp.route("/bookmarks")
@allow(*LEARNERS)
@blp.arguments(BookmarkQuery, location="query")
@blp.response(200, BookmarkPage)
def list_bookmarks(query: ReadQuery) -> dict[str, object]:
    """The caller's bookmarks, latest first; not those of questions that are not asked at present"""
    page = bookmarks.page(auth.user_id(), query.get("exam_id"), query.get("after", 0), query["limit"])
    return paging.page("bookmarks", page)
