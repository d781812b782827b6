"""Whatever a bank has in it: what a format carries of it changes nothing when it comes back."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from study_service import digests, exported, grading, options
from study_service.banks import FORMATS
from study_service.banks.bank import Bank, Exam, Objective
from study_service.exported import Row
from study_service.importing import catalog, content
from study_service.importing.plan import Plan
from study_service.importing.stored import Stored

_LETTERS = st.characters(
    codec="utf-8", exclude_categories=("Cc", "Cs", "Co", "Cn", "Zl", "Zp"), exclude_characters="\ufeff"
)
_WORDS = st.text(_LETTERS, min_size=1, max_size=12).map(str.strip).filter(bool)
_SIGNS = st.sampled_from(
    ("a = b", "x:=2", "<prefix>", "{x}", "50%", "~no", "#1", "C:\\a", 'it\'s "so"', "-> y", "2 < 3 & 4")
)
TEXTS = st.lists(_WORDS | _SIGNS, min_size=1, max_size=4).map(" ".join)
_WEIGHTS = st.sampled_from((None, 1.0, 0.5, -0.5, -1.0))
_MAYBE = st.none() | TEXTS


@st.composite
def choices(draw: st.DrawFn) -> tuple[str, list[dict[str, Any]]]:
    kind = draw(st.sampled_from(("multiple_choice", "multi_select")))
    texts = draw(st.lists(TEXTS, min_size=2, max_size=5, unique=True))
    listed = [{"id": "", "text": text, "isCorrect": draw(st.booleans())} for text in texts]
    listed[0]["isCorrect"] = True
    for option in listed:
        if feedback := draw(_MAYBE):
            option["explanation"] = feedback
        if kind == "multi_select" and (weight := draw(_WEIGHTS)) is not None:
            option["weight"] = weight
    return kind, listed


@st.composite
def pairs(draw: st.DrawFn) -> tuple[str, list[dict[str, Any]]]:
    stems = draw(st.lists(TEXTS, min_size=2, max_size=4, unique=True))
    ends = draw(st.lists(TEXTS, min_size=2, max_size=4, unique=True))
    targets = [{"id": end, "text": end, "isCorrect": False, "isTarget": True} for end in ends]
    named = [{"id": "", "text": stem, "isCorrect": True, "target": draw(st.sampled_from(ends))} for stem in stems]
    return "drag_drop", [*named, *targets]


@st.composite
def words(draw: st.DrawFn) -> tuple[str, list[dict[str, Any]]]:
    texts = draw(st.lists(_WORDS, min_size=1, max_size=3, unique=True))
    listed: list[dict[str, Any]] = [{"id": "", "text": text, "isCorrect": True} for text in texts]
    if draw(st.booleans()):
        listed.append({"id": "", "text": "half *", "isCorrect": False, "weight": 0.5})
    return "short_answer", listed


QUESTIONS = st.tuples(
    choices() | pairs() | words(), TEXTS, _MAYBE, st.integers(1, 5), st.lists(_WORDS, max_size=3, unique=True)
)


def row(number: int, drawn: Any) -> Row | None:
    """A question as the table has it, or None where it could not be asked."""
    (kind, listed), text, explanation, difficulty, tags = drawn
    identified: list[Any] = options.identified(listed)
    if grading.readable_or_none(identified) is None:
        return None
    try:
        grading.usable(kind, identified)
    except grading.document.Unusable:
        return None
    return {
        "id": number, "external_id": f"ptp-{number:016x}", "text": f"{text} ({number})", "type": kind,
        "answers": json.dumps(identified), "explanation": explanation, "reference": None, "external_link": None,
        "difficulty": difficulty, "tags": json.dumps(tags), "image_url": None, "objective": "Routing",
        "ai_model": None, "ai_prompt_version": None, "ai_confidence_score": None,
    }  # fmt: skip


@pytest.mark.parametrize("format", FORMATS)
@settings(max_examples=25, deadline=None)
@given(drawn=st.lists(QUESTIONS, min_size=1, max_size=3))
def test_what_comes_back_changes_nothing(format: str, drawn: list[Any]) -> None:
    form = FORMATS[format]
    rows = [made for number, one in enumerate(drawn, 1) if (made := row(number, one))]
    bank = Bank(
        questions=[
            exported.question(place, one, names="externalId" in form.carried) for place, one in enumerate(rows, 1)
        ],
        exam=Exam("Acme", "T-1", "Test"),
        objectives=[Objective("Routing", "", 1.0, "1")],
    )
    written = form.write(bank)
    left_out = {loss.item for loss in written.losses if "left out" in loss.message}
    lost = {loss.item for loss in written.losses if loss.item}
    back = form.read(written.data)
    assert back.problems == []
    assert len(back.questions) == len(rows) - len(left_out)
    known = catalog.plan(
        back, [{"id": 1, "code": "1", "name": "Routing", "description": None, "weight": 1.0, "is_active": 1}]
    )
    made = Plan([], [], form.carried, None, known)
    kept = [one for place, one in enumerate(rows, 1) if place not in left_out]
    for item, before in zip(content.gradable(back.questions, known.codes, made.problems), kept, strict=True):
        stored: Any = {
            **before, "objective": "1", "bands": None, "version": 1,
             "updated_at": 0, "is_active": 1, "review_status": "approved",
            **digests.of_question(before["text"], before["type"], json.loads(before["answers"])),
        }  # fmt: skip
        made.compare(item, Stored(**stored))
    assert made.problems == []
    changed = {
        outcome["question_id"]: outcome["fields"] for outcome in made.outcomes if outcome["outcome"] != "unchanged"
    }
    told = {rows[item - 1]["id"] for item in lost}
    assert changed.keys() <= told, changed
