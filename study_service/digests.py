"""By what a question is recognised in its exam: digests of its text, and of its text with its options."""

import hashlib
from collections.abc import Iterator, Sequence

import peewee

from shared_schema.database import errors
from shared_schema.problems import Conflict
from study_service import grading
from study_service.grading import Option


def of_text(text: str) -> str:
    return _digest(text)


def of_content(text: str, kind: str, options: Sequence[Option]) -> str:
    """The same for any order of the options, for any ids, and for any key of a choice."""
    if kind in grading.CHOICES:
        return _digest(text, *sorted(option["text"] for option in options))
    return _digest(text, kind, *sorted(_pairs(options)))


def of_question(text: str, kind: str, options: Sequence[Option]) -> dict[str, str]:
    """The columns of a question that has this text and these options."""
    return {"text_digest": of_text(text), "content_digest": of_content(text, kind, options)}


def _pairs(options: Sequence[Option]) -> Iterator[str]:
    """Each option with the text of its target, or with its own, and each target that no option has."""
    targets = {option["id"]: option["text"] for option in options if option.get("isTarget")}
    named = {option.get("target") for option in options}
    for option in options:
        if option["id"] not in targets:
            yield f"{option['text']} -> {targets.get(option.get('target', '')) or option['text']}"
        elif option["id"] not in named:
            yield f" -> {option['text']}"


def duplicate(error: peewee.IntegrityError) -> Exception:
    """The Conflict that a question is in its exam already, or else the error itself."""
    if not errors.is_unique(error, "questions", "exam_id", "content_digest"):
        return error
    return Conflict("the exam has a question with this text and these options already")


def _digest(*texts: str) -> str:
    """Of texts as a reader sees them: white space is one space."""
    seen = "\0".join(" ".join(text.split()) for text in texts)
    return hashlib.sha256(seen.encode()).hexdigest()[:32]
