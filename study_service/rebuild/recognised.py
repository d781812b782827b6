"""By what a question is recognised: the digests of its text and options, and the bands of its text."""

from collections.abc import Iterator
from typing import TypedDict

from shared_schema.fields import loads
from shared_schema.rebuild.part import Computed, Part
from study_service import digests, grading, resembling

_SCOPE = "id > :after AND id <= :upto"
_QUESTIONS = f"""
    SELECT id, text, type, answers, text_digest, content_digest, bands FROM questions WHERE {_SCOPE} ORDER BY id
"""
# Each change of a question has a later second than the one before.
_SEEN = f"SELECT count(*) || ' ' || total(updated_at) || ' ' || total(length(text)) FROM questions WHERE {_SCOPE}"


class Recognised(TypedDict):
    """What is stored. NULL stays: the question is like another one of its exam, or nobody has computed it yet."""

    id: int
    text_digest: str | None
    content_digest: str | None
    bands: str | None


class _Question(Recognised):
    """The same with what it is computed from; `answers` is JSON text."""

    text: str
    type: str
    answers: str


def _computed(questions: list[_Question]) -> Iterator[Recognised]:
    for question in questions:
        text, answers = question["text"], grading.readable_or_none(loads(question["answers"]))
        content = None if answers is None else digests.of_content(text, question["type"], answers)
        yield {
            "id": question["id"],
            "text_digest": question["text_digest"] and digests.of_text(text),
            "content_digest": question["content_digest"] and content,
            "bands": question["bands"] and resembling.bands(text),
        }


PARTS = (
    Part(
        "recognised",
        "questions",
        "questions",
        _SCOPE,
        ("id",),
        _QUESTIONS,
        ("text_digest", "content_digest", "bands"),
        rows="none",
        size=500,
        computed=Computed(_computed, _SEEN),
    ),
)
