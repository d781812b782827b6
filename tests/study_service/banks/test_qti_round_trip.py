"""A bank that is written as QTI and read again is the same bank, but for what the writer says is lost."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from study_service.banks import qti
from study_service.banks.bank import Bank, Column, Objective, Question
from tests.study_service.banks.qti_banks import QUESTIONS, questions


def again(*listed: Question) -> Bank:
    """What is read of a bank of these questions, which loses nothing."""
    written = qti.write(Bank(list(listed)))
    assert written.losses == []
    return qti.read(written.data)


@pytest.mark.parametrize("kind", QUESTIONS)
def test_every_kind_of_question(kind: str) -> None:
    bank = again(QUESTIONS[kind])
    assert (bank.questions, bank.problems, bank.losses) == ([QUESTIONS[kind]], [], [])


def sorted_targets(question: Question) -> Question:
    """The question with its targets behind its options, and with the columns stated of which it says something."""
    stated: dict[Column, object] = {
        "explanation": question.explanation,
        "difficulty": "difficulty" in question.states or question.difficulty != 3,
        "tags": question.tags,
    }
    choices = sorted(question.choices, key=lambda choice: choice.is_target)
    return replace(question, choices=tuple(choices), states=frozenset(key for key, value in stated.items() if value))


@settings(max_examples=80)
@given(questions)
def test_any_question_is_the_same_or_the_writer_says_what_is_lost(question: Question) -> None:
    written = qti.write(Bank([question]))
    bank = qti.read(written.data)
    assert len(bank.questions) == 1 or written.losses
    assert not [loss for loss in bank.losses if "credit" in loss.message]
    if not written.losses:
        assert (list(map(sorted_targets, bank.questions)), bank.problems) == ([sorted_targets(question)], [])


NAMES = st.sampled_from(["A", "B", None])
OBJECTIVES = [Objective("Routing", code="1.2"), Objective("Section 1"), Objective("Empty", code="d-1")]


def test_objectives_with_their_codes() -> None:
    names = ["Section 1", "Routing", None, "Not described", "Routing"]
    asked = [replace(QUESTIONS["true"], external_id=str(n), objective=name) for n, name in enumerate(names)]
    bank = qti.read(qti.write(Bank(asked, objectives=OBJECTIVES)).data)
    assert (bank.objectives, bank.problems, bank.losses) == (OBJECTIVES, [], [])
    assert [(q.external_id, q.objective) for q in bank.questions] == [
        ("1", "Routing"),
        ("4", "Routing"),
        ("0", "Section 1"),
        ("3", "Not described"),
        ("2", None),
    ]


@given(
    st.lists(st.sampled_from(sorted(QUESTIONS)), max_size=6), st.lists(st.sampled_from("AB") | st.none(), min_size=6)
)
@settings(max_examples=10)
def test_banks_of_any_questions(kinds: list[str], names: list[str | None]) -> None:
    asked = [replace(QUESTIONS[kind], objective=name) for kind, name in zip(kinds, names, strict=False)]
    read = qti.read(qti.write(Bank(asked)).data).questions
    first = list(dict.fromkeys(q.objective for q in asked if q.objective is not None))
    wanted = sorted(asked, key=lambda q: first.index(q.objective) if q.objective is not None else len(first))
    assert [replace(q, item=1) for q in read] == wanted
    assert [q.item for q in read] == list(range(1, len(asked) + 1))


def test_the_same_bank_is_the_same_file() -> None:
    bank = Bank(list(QUESTIONS.values()), objectives=OBJECTIVES)
    assert qti.write(bank).data == qti.write(bank).data


def test_an_empty_bank() -> None:
    assert qti.read(qti.write(Bank()).data) == Bank()
