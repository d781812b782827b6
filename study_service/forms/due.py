"""Questions that are due for a review, by type: as learners get any question, and when they are due."""

from marshmallow import fields

from shared_schema.web.schema import Instant, Out
from shared_schema.web.unions import Union
from study_service import grading
from study_service.forms import served


class _Due(Out):
    due_at = Instant(metadata={"description": "Since when; not after the day of the exam"})
    retrievability = fields.Float(metadata={"description": "The chance, 0 to 1, that it is remembered; falls by days"})
    last_reviewed_at = Instant()


class DueChoice(served.ServedChoice, _Due):
    pass


class DueDragDrop(served.ServedDragDrop, _Due):
    pass


class DueHotspot(served.ServedHotspot, _Due):
    pass


class DueShortAnswer(served.ServedShortAnswer, _Due):
    pass


class DueNumeric(served.ServedNumeric, _Due):
    pass


_CHOICE = DueChoice()
_FORMS = {
    **dict.fromkeys(grading.CHOICES, _CHOICE),
    "drag_drop": DueDragDrop(),
    "hotspot": DueHotspot(),
    "short_answer": DueShortAnswer(),
    "numeric": DueNumeric(),
}


class DueQuestion(Union):
    """A question without its key, in the form of its type, with when it is due."""

    def __init__(self) -> None:
        super().__init__("DueQuestion", "type", _FORMS)
