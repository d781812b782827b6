"""What the metadata of a resource (LOM) says of its item: keywords, difficulty, what it refers to."""

from dataclasses import replace
from xml.etree.ElementTree import Element

from study_service.banks.bank import MAX_TAGS, TAG_LIMIT, Column, Question
from study_service.banks.qti import names

# The vocabulary of LOM 1.0 (IEEE 1484.12.1, element 5.8), as our difficulties 1 to 5.
DIFFICULTIES = ("very easy", "easy", "medium", "difficult", "very difficult")


def stated(question: Question, metadata: Element | None) -> Question:
    """The question with what its metadata says. What it says in another way than LOM is not ours to understand."""
    lom = None if metadata is None else names.first(metadata, "lom")
    if lom is None:
        return question
    tags = [names.text(element) for element in names.inside(lom, "keyword")]
    tags = [tag for tag in dict.fromkeys(tags) if 0 < len(tag) <= TAG_LIMIT][:MAX_TAGS]
    difficulty = _difficulty(lom)
    columns: set[Column] = set()
    if tags:
        columns.add("tags")
    if difficulty is not None:
        columns.add("difficulty")
    return replace(
        question, tags=tuple(tags), difficulty=difficulty or question.difficulty, states=question.states | columns
    )


def _difficulty(lom: Element) -> int | None:
    for element in names.inside(lom, "difficulty"):
        value = names.first(element, "value")
        word = "" if value is None else names.text(value).lower()
        return DIFFICULTIES.index(word) + 1 if word in DIFFICULTIES else None
    return None
