"""Question bank files."""

from dataclasses import replace
from typing import TypedDict

from flask import Response, request
from marshmallow import fields, post_load

from shared_schema.problems import NotFound
from shared_schema.progress import last
from shared_schema.web import auth, bodies, progress, requests
from shared_schema.web.api import Blueprint, in_lines, raises
from shared_schema.web.auth import ADMINS, MODERATORS, allow
from shared_schema.web.keyed import keyed
from shared_schema.web.schema import Flag, Out, QueryWhole, Schema, Whole, choice
from study_service.banks import FORMATS
from study_service.importing import imports
from study_service.importing.imports import Options
from study_service.importing.outcomes import OBJECTIVE_OUTCOMES, OUTCOMES, Report
from study_service.questions import STATUSES
from study_service.routes.reviews import by_another

blp = Blueprint("imports", __name__, url_prefix="/api/questions", description="Question bank files")

MAX_FILE = 20 * 1024 * 1024


class ImportWish(TypedDict):
    """An `ImportQuery` as it was read."""

    format: str
    exam_id: int | None
    review_status: str | None
    dry_run: bool
    partial: bool
    missing: str


class ImportQuery(Schema):
    format = choice(*FORMATS, required=True, metadata={"description": "What the file is"})
    exam_id = QueryWhole(1, load_default=None, metadata={"description": "The exam; a `pingtopass` file names its own"})
    review_status = choice(
        *STATUSES,
        load_default=None,
        metadata={"description": "What all questions become; without it new ones become `pending`, others stay"},
    )
    dry_run = Flag(load_default=False, metadata={"description": "Only report what would be done"})
    some = Flag(
        load_default=False,
        data_key="partial",
        attribute="partial",
        metadata={"description": "Import the good questions of a file with bad ones"},
    )
    missing = choice(
        *imports.MISSING,
        load_default="report",
        metadata={
            "description": "What becomes of the exam's questions that are not in the file; one with errors retires none"
        },
    )

    @post_load
    def options(self, data: ImportWish, **_: object) -> Options:
        return Options(**data)


class ItemNote(Out):
    item = fields.Integer(metadata={"description": "The question's number in the file; 0 for the file itself"})
    line = fields.Integer(allow_none=True)
    message = fields.String()


class ItemOutcome(Out):
    item = fields.Integer(metadata={"description": "0 for a question that the file does not have"})
    line = fields.Integer(allow_none=True)
    outcome = choice(*OUTCOMES)
    question_id = Whole(1, allow_none=True)
    fields_ = fields.List(fields.String(), data_key="fields", attribute="fields")


class ObjectiveOutcome(Out):
    code = fields.String()
    name = fields.String()
    outcome = choice(*OBJECTIVE_OUTCOMES)
    fields_ = fields.List(fields.String(), data_key="fields", attribute="fields")


class ImportReport(Out):
    imported = fields.Integer(metadata={"description": "New questions"})
    updated = fields.Integer(metadata={"description": "Questions that are not as they were"})
    skipped = fields.Integer(metadata={"description": "Questions that are as they were, and repetitions in the file"})
    missing = fields.Integer(metadata={"description": "Questions of the exam that the file does not have"})
    errors = fields.List(fields.Nested(ItemNote))
    more_errors = fields.Integer(metadata={"description": "How many further errors were left out"})
    losses = fields.List(fields.Nested(ItemNote), metadata={"description": "What of the imported questions is lost"})
    more_losses = fields.Integer()
    warnings = fields.List(fields.Nested(ItemNote), metadata={"description": "What is stored, and perhaps not meant"})
    more_warnings = fields.Integer()
    objectives = fields.List(fields.Nested(ObjectiveOutcome), metadata={"description": "Those that change"})
    items = fields.List(fields.Nested(ItemOutcome))


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


_OTHERS = {
    one.media_type: {"schema": {"type": "string", "format": "binary"}}
    for one in FORMATS.values()
    if one.media_type not in ("application/json", "text/plain")
}
_REPORT = ImportReport()


def _imported(document: Report) -> tuple[object, int]:
    return _REPORT.dump(document), 200


@blp.route("/import", methods=["POST"])
@allow(*MODERATORS)
@bodies.up_to(MAX_FILE)
@keyed(_imported)
@raises(NotFound)
@in_lines
@blp.doc(requestBody={"required": True, "content": {"application/json": _BANK, "text/plain": _GIFT, **_OTHERS}})
@blp.arguments(ImportQuery, location="query")
@blp.response(200, ImportReport)
@blp.alt_response(422, schema=ImportReport, content_type="application/problem+json")
def import_questions(options: Options) -> Response:
    """Import a file; all of it or, with errors and without `partial`, nothing. Only an admin's changes the catalog"""
    keeper = auth.caller().role in ADMINS
    options = replace(options, by_another=by_another())
    steps = imports.steps(request.get_data(), options, requests.actor(), requests.once(), keeps_catalog=keeper)
    if progress.wanted():
        return progress.told(steps, requests.answer)
    return requests.answer(last(steps))
