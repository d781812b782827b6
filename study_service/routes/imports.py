"""Question bank files."""

from typing import TypedDict

from flask import Response, request
from marshmallow import fields, post_load

from shared_schema.problems import NotFound
from shared_schema.web import auth, bodies, requests
from shared_schema.web.api import Blueprint, raises
from shared_schema.web.auth import ADMINS, MODERATORS, allow
from shared_schema.web.keyed import keyed
from shared_schema.web.schema import Flag, Out, QueryWhole, Schema, choice
from study_service import imports
from study_service.import_plan import Recorded, Report
from study_service.imports import Options
from study_service.questions import STATUSES

blp = Blueprint("imports", __name__, url_prefix="/api/questions", description="Question bank files")

MAX_FILE = 16 * 1024 * 1024


class ImportWish(TypedDict):
    """An `ImportQuery` as it was read."""

    format: str
    exam_id: int | None
    review_status: str | None
    dry_run: bool
    partial: bool


class ImportQuery(Schema):
    format = choice(*imports.READERS, required=True, metadata={"description": "What the file is"})
    exam_id = QueryWhole(1, load_default=None, metadata={"description": "The exam; a `pingtopass` file names its own"})
    review_status = choice(
        *STATUSES, load_default=None, metadata={"description": "What the questions become; `pending` without it"}
    )
    dry_run = Flag(load_default=False, metadata={"description": "Only report what would be done"})
    some = Flag(
        load_default=False,
        data_key="partial",
        attribute="partial",
        metadata={"description": "Import the good questions of a file with bad ones"},
    )

    @post_load
    def options(self, data: ImportWish, **_: object) -> Options:
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
    more_errors = fields.Integer(dump_default=0, metadata={"description": "How many further errors were left out"})


_BANK = {
    "schema": {"type": "object", "additionalProperties": True},
    "example": {
        "examCode": "N10-009",
        "examName": "Network+",
        "vendorName": "CompTIA",
        "objectives": [{"title": "Addressing", "description": "Who is who", "weight": 100}],
        "questions": [
            {
                "questionText": "ARP finds a hardware address.",
                "questionType": "true-false",
                "options": ["True", "False"],
                "correctAnswer": [0],
                "difficulty": 1,
                "objectiveTitle": "Addressing",
            }
        ],
    },
}
_GIFT = {"schema": {"type": "string"}, "example": "$CATEGORY: Addressing\n\nARP finds a hardware address. {T}\n"}


def _imported(document: Report | Recorded) -> tuple[object, int]:
    return ImportReport().dump(document), 200


@blp.route("/import", methods=["POST"])
@allow(*MODERATORS)
@bodies.up_to(MAX_FILE)
@keyed(_imported)
@raises(NotFound)
@blp.doc(requestBody={"required": True, "content": {"application/json": _BANK, "text/plain": _GIFT}})
@blp.arguments(ImportQuery, location="query")
@blp.response(200, ImportReport)
@blp.alt_response(422, schema=ImportReport, content_type="application/problem+json")
def import_questions(options: Options) -> Response:
    """Import a file; all of it or, with errors and without `partial`, nothing. Only an admin's changes the catalog"""
    keeper = auth.caller().role in ADMINS
    receipt = imports.run(request.get_data(), options, requests.actor(), requests.once(), keeps_catalog=keeper)
    return requests.answer(receipt)
