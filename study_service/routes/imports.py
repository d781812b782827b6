"""Question bank files."""

from typing import Any

from flask import Response, request
from marshmallow import fields, post_load

from shared_schema.problems import NotFound
from shared_schema.web import requests
from shared_schema.web.api import Blueprint, creates, raises
from shared_schema.web.auth import MODERATORS, allow
from shared_schema.web.schema import Flag, Out, QueryWhole, Schema, choice
from study_service import imports
from study_service.imports import Options
from study_service.questions import STATUSES

blp = Blueprint("imports", __name__, url_prefix="/api/questions", description="Question bank files")

MAX_FILE = 16 * 1024 * 1024


class ImportQuery(Schema):
    format = choice(*imports.READERS, required=True)
    exam_id = QueryWhole(1, load_default=None)
    review_status = choice(*STATUSES, load_default=None)
    dry_run = Flag(load_default=False)
    some = Flag(load_default=False, data_key="partial", attribute="partial")

    @post_load
    def options(self, data: dict[str, Any], **_: object) -> Options:
        return Options(**data)


class ItemError(Out):
    item = fields.Integer(metadata={"description": "The question's number in the file; 0 for the file itself"})
    line = fields.Integer(allow_none=True)
    message = fields.String()


class ImportReport(Out):
    imported = fields.Integer()
    updated = fields.Integer()
    skipped = fields.Integer()
    errors = fields.List(fields.Nested(ItemError))


_FILE = {"schema": {"type": "string", "format": "binary"}}


@blp.route("/import", methods=["POST"])
@allow(*MODERATORS)
@creates
@raises(NotFound)
@blp.doc(requestBody={"required": True, "content": {"application/json": {"schema": {}}, "text/plain": _FILE}})
@blp.arguments(ImportQuery, location="query")
@blp.response(200, ImportReport)
@blp.alt_response(422, schema=ImportReport, content_type="application/problem+json")
def import_questions(options: Options) -> Response:
    """Import a file; all of it or, with errors and without `partial`, nothing"""
    request.max_content_length = MAX_FILE
    receipt = imports.run(request.get_data(), options, requests.actor(), requests.once())
    return requests.answer(receipt, ImportReport().dump(receipt.document), 200)
