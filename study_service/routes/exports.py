"""Question bank files to keep, to edit, and to take elsewhere."""

from typing import TypedDict

from flask import Response
from marshmallow import fields

from shared_schema.problems import NotFound
from shared_schema.web.api import Blueprint, raises
from shared_schema.web.auth import MODERATORS, allow
from shared_schema.web.schema import Out, QueryWhole, Schema, Whole, choice
from study_service import exports
from study_service.banks import FORMATS
from study_service.exports import Export
from study_service.questions import STATUSES

blp = Blueprint("exports", __name__, url_prefix="/api/questions", description="Question bank files")

_OBJECT, _BYTES = {"type": "object", "additionalProperties": True}, {"type": "string", "format": "binary"}
_FILES = {
    one.media_type: {"schema": _OBJECT if one.media_type == "application/json" else _BYTES} for one in FORMATS.values()
}


class ExportWish(TypedDict):
    """An `ExportQuery` as it was read."""

    exam_id: int
    format: str
    review_status: str | None


class ExportQuery(Schema):
    exam_id = QueryWhole(1, required=True, metadata={"description": "The exam"})
    format = choice(*FORMATS, required=True, metadata={"description": "What the file shall be"})
    review_status = choice(
        *STATUSES, load_default=None, metadata={"description": "Only questions in this state; all without it"}
    )


class Loss(Out):
    item = fields.Integer(metadata={"description": "The question's number among those of the export"})
    question_id = Whole(1, allow_none=True)
    message = fields.String()


class LossReport(Out):
    questions = fields.Integer(metadata={"description": "How many questions the exam has in that state"})
    losses = fields.List(fields.Nested(Loss))


@blp.route("/export")
@allow(*MODERATORS)
@raises(NotFound)
@blp.doc(responses={"200": {"description": "The file", "content": _FILES}})
@blp.arguments(ExportQuery, location="query")
def export_questions(query: ExportWish) -> Response:
    """The questions of an exam as a file that an import reads; the header Export-Losses counts what the format loses"""
    form, export = FORMATS[query["format"]], _export(query)
    response = Response(export["written"].data, mimetype=form.media_type)
    response.headers["Export-Losses"] = str(len(export["written"].losses))
    response.headers.set("Content-Disposition", "attachment", filename=f"exam-{query['exam_id']}.{form.suffix}")
    return response


@blp.route("/export/losses")
@allow(*MODERATORS)
@raises(NotFound)
@blp.arguments(ExportQuery, location="query")
@blp.response(200, LossReport)
def list_losses(query: ExportWish) -> dict[str, object]:
    """What the same export cannot carry, question by question"""
    export = _export(query)
    ids = export["questions"]
    losses = [
        {"item": loss.item, "question_id": ids[loss.item - 1] if loss.item else None, "message": loss.message}
        for loss in export["written"].losses
    ]
    return {"questions": len(ids), "losses": losses}


def _export(query: ExportWish) -> Export:
    return exports.export(query["exam_id"], query["format"], query["review_status"])
