"""Questions as learners get them, by type, and never with their key."""

from typing import Any

from marshmallow import fields

from shared_schema.web.schema import Out, Whole, choice
from shared_schema.web.unions import Union
from study_service import grading


class ServedOption(Out):
    id = fields.String()
    text = fields.String()


class _Served(Out):
    id = Whole(1)
    version = Whole(1)
    text = fields.String()
    difficulty = fields.Integer()
    objective_id = Whole(1)
    tags = fields.List(fields.String())
    image_url = fields.String(allow_none=True)
    answers = fields.List(
        fields.Nested(ServedOption), metadata={"description": "What is chosen from, in the order of this delivery"}
    )


class ServedChoice(_Served):
    type = choice(*grading.CHOICES)


class ServedDragDrop(_Served):
    type = choice("drag_drop")
    targets = fields.List(
        fields.Nested(ServedOption),
        allow_none=True,
        dump_default=None,
        metadata={"description": "Each option belongs to one of them; null where the options are to be put in order"},
    )


class ServedHotspot(_Served):
    type = choice("hotspot")
    image_width = fields.Integer(metadata={"description": "In pixels, as x of the answer"})
    image_height = fields.Integer(metadata={"description": "In pixels, as y of the answer"})


class ServedShortAnswer(_Served):
    type = choice("short_answer")


class ServedNumeric(_Served):
    type = choice("numeric")
    unit = fields.String(
        allow_none=True, metadata={"description": "Of a number without one; null where numbers have none"}
    )


_CHOICE = ServedChoice()
_FORMS = {
    **dict.fromkeys(grading.CHOICES, _CHOICE),
    "drag_drop": ServedDragDrop(),
    "hotspot": ServedHotspot(),
    "short_answer": ServedShortAnswer(),
    "numeric": ServedNumeric(),
}


class ServedQuestion(Union):
    """A question without its key, in the form of its type."""

    def __init__(self, **options: Any) -> None:
        super().__init__("ServedQuestion", "type", _FORMS, **options)
