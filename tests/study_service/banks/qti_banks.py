"""Questions of every type that a QTI package carries without a loss, and made-up ones."""

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from study_service.banks.bank import Choice, Question, QuestionType

WEB = "https://example.com/a.png?x=1&y=2"


def _asked(kind: QuestionType, choices: tuple[Choice, ...], **more: Any) -> Question:
    return Question(item=1, line=None, text="Which?", type=kind, choices=choices, **more)


QUESTIONS = {
    "one": _asked(
        "multiple_choice",
        choices=(
            Choice("<up> & 'down'", True, "Yes:\n  so.", name="a b", fixed=True),
            Choice("down", False, None, 0.25, name="n-1", fixed=False),
            Choice("left", False, "No.", -0.5),
        ),
        objective="Routing",
        explanation="Since IOS 11.",
        difficulty=5,
        tags=("IOS", "a & b"),
        image_url=WEB,
        external_id="vlan 1",
        states=frozenset({"explanation", "difficulty", "tags", "image_url"}),
    ),
    "two right": _asked(
        "multiple_choice",
        choices=(Choice("a", True), Choice("b", True), Choice("c", False, weight=0.5)),
    ),
    "true": _asked(
        "true_false",
        choices=(Choice("True", False), Choice("False", True)),
        external_id="x-61",
    ),
    "set": _asked(
        "multi_select",
        choices=(
            Choice("a", True, "About a.", 0.5),
            Choice("b", True, None, 0.5),
            Choice("c", False, "About c.", -1.0),
            Choice("d", False, None, -0.25, fixed=True),
        ),
    ),
    "set without weights": _asked(
        "multi_select",
        choices=(Choice("a", True), Choice("b", True), Choice("c", False)),
    ),
    "set that forfeits": _asked(
        "multi_select",
        choices=(
            Choice("a", True, weight=0.3333),
            Choice("b", True, weight=0.3333),
            Choice("c", False),
            Choice("d", True, weight=0.3333),
        ),
    ),
    "order": _asked(
        "drag_drop",
        choices=(
            Choice("check", True, place=1, name="A"),
            Choice("plan", True, place=0),
            Choice("sleep", False, fixed=True),
        ),
    ),
    "pairs": _asked(
        "drag_drop",
        choices=(
            Choice("DNS", True, target="53", name="D"),
            Choice("SSH", True, target="22"),
            Choice("Telnet", True, target="22"),
            Choice("53", False, is_target=True, name="P"),
            Choice("80", False, is_target=True),
        ),
        explanation="See /etc/services.",
        states=frozenset({"explanation"}),
    ),
    "text": _asked(
        "short_answer",
        choices=(
            Choice("York", True, "Yes.", case_sensitive=True),
            Choice(r"2 \* 3", True),
            Choice("york", False, None, 0.5),
            Choice("*", False, "Read it again."),
        ),
    ),
    "number": _asked(
        "numeric",
        choices=(
            Choice("3.10:0.05", True, "Yes.", number={"value": "3.10", "tolerance": "0.05"}),
            Choice("2..4", False, "Nearly.", 0.5, number={"low": "2", "high": "4"}),
            Choice("1e1", False, number={"value": "1e1"}),
            Choice("*", False, "No."),
        ),
    ),
    "place": _asked(
        "hotspot",
        choices=(
            Choice("1", True, region="circle", coords=(50.0, 50.5, 8.0)),
            Choice("2", False, weight=0.25, region="rect", coords=(0.0, 0.0, 90.0, 90.0)),
            Choice("3", False, weight=-0.25, region="poly", coords=(0.0, 0.0, 100.0, 0.0, 100.0, 100.0)),
        ),
        image_url=WEB,
        image_size=(100, 100),
        states=frozenset({"image_url"}),
    ),
}

_signs = st.one_of(st.sampled_from("ab *\\<>&\"'\n\t :=]"), st.characters(exclude_categories=["Cs", "Cc"]))
texts = st.text(_signs, min_size=1, max_size=12).map(str.strip).filter(bool)
perhaps = st.none() | texts
ids = st.one_of(st.none(), texts, st.sampled_from(["n-1", "x-61", "d-2", "ref-items-00001", "A"]))
weights = st.sampled_from([None, None, 1 / 3, 0.5, 0.25, -0.25, -0.5, -1.0, 1.0, 0.0])
fixed = st.sampled_from([None, True, False])
options = st.lists(
    st.builds(Choice, texts, st.booleans(), perhaps, weights, name=ids, fixed=fixed),
    min_size=2,
    max_size=5,
    unique_by=lambda choice: choice.text,
)
accepted = st.lists(
    st.builds(Choice, texts, st.booleans(), perhaps, weights, case_sensitive=st.booleans()),
    min_size=1,
    max_size=4,
    unique_by=lambda choice: choice.text,
)


def _ordered(listed: list[Choice], count: int) -> tuple[Choice, ...]:
    """The options with the first `count` in an order, backwards."""
    places = [count - 1 - n if n < count else None for n in range(len(listed))]
    return tuple(
        replace(choice, is_correct=place is not None, place=place, weight=None, explanation=None)
        for choice, place in zip(listed, places, strict=True)
    )


def _paired(listed: list[Choice], ends: list[Choice]) -> tuple[Choice, ...]:
    """Options with targets in turn; targets with a name, and those of no option, are options of their own."""
    targets = [ends[n % len(ends)].text for n in range(len(listed))]
    pairs = [Choice(one.text, True, target=target, name=one.name) for one, target in zip(listed, targets, strict=True)]
    own = [end for end in ends if end.name or end.text not in targets]
    return (*pairs, *(Choice(end.text, False, is_target=True, name=end.name) for end in own))


def _question(kind: str, choices: st.SearchStrategy[tuple[Choice, ...]]) -> st.SearchStrategy[Question]:
    return st.builds(
        Question,
        item=st.just(1),
        line=st.none(),
        text=texts,
        type=st.just(kind),
        choices=choices,
        explanation=perhaps,
        external_id=ids,
        difficulty=st.integers(1, 5),
        tags=st.lists(texts, max_size=2, unique=True).map(tuple),
        objective=perhaps,
    )


questions = st.one_of(
    _question("multiple_choice", options.map(tuple)),
    _question("multi_select", options.map(tuple)),
    _question("short_answer", accepted.map(tuple)),
    _question("drag_drop", options.map(lambda listed: _ordered(listed, 2))),
    _question("drag_drop", st.builds(_paired, options, options)),
)
