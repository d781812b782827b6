"""Made-up banks for round trips: what each type of question can have, in texts full of the formats' own signs."""

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from study_service.banks.bank import Bank, Choice, Question

GIFT = ["~", "=", "#", "####", "{", "}", ":", "::", "%", "%50%", "\\", "\\n", "[html]", "[plain]", "//", "$CATEGORY: a"]
AIKEN = ["\n", "\t", "  ", "<b>", "&lt;", "A. ", "B) ", "ANSWER: A"]
CSV = [",", ";", '"', "'", "''", "@", "+", "-", "1", "A", "T"]
letters = st.characters(exclude_categories=["Cc", "Cs"])
texts = (
    st.lists(st.one_of(st.sampled_from(GIFT + AIKEN + CSV), letters), min_size=1, max_size=6)
    .map(lambda parts: "".join(parts).strip())
    .filter(bool)
)
some = st.none() | texts
lines = texts.map(lambda text: " ".join(text.split())).filter(bool)
weights = st.sampled_from([None, 0.0, 0.5, -1.0, 1 / 3, -0.123456789])
numbers = st.sampled_from(
    [{"value": "1822"}, {"value": "-1e3", "tolerance": ".5"}, {"low": "3", "high": "3.2"}, {"low": "-2", "high": "+1"}]
)


@st.composite
def one_right(draw: Any) -> tuple[Choice, ...]:
    """Of a multiple choice, some wrong ones with a credit."""
    first, *others = draw(st.lists(texts, min_size=2, max_size=4, unique=True))
    wrong = [Choice(text, False, draw(some), draw(weights)) for text in others]
    return tuple(draw(st.permutations([Choice(first, True, draw(some)), *wrong])))


@st.composite
def some_right(draw: Any) -> tuple[Choice, ...]:
    """Of a multiple selection, with weights."""
    first, *others = draw(st.lists(texts, min_size=2, max_size=5, unique=True))
    earned = draw(st.sampled_from([[1.0], [0.5, 0.5], [1 / 3, 2 / 3]]))[: len(others) + 1]
    earned[-1] = 1 - sum(earned[:-1])
    cost = [draw(st.sampled_from([None, 0.0, -0.5, -1.0])) for _ in range(len(others) + 1 - len(earned))]
    return tuple(
        Choice(text, (weight or 0) > 0, draw(some), weight)
        for text, weight in zip([first, *others], [*earned, *cost], strict=True)
    )


@st.composite
def true_or_false(draw: Any) -> tuple[Choice, ...]:
    is_true = draw(st.booleans())
    return Choice("True", is_true, draw(some)), Choice("False", not is_true, draw(some))


@st.composite
def written(draw: Any) -> tuple[Choice, ...]:
    first, *others = draw(st.lists(texts.filter(lambda text: "->" not in text), min_size=1, max_size=3, unique=True))
    accepted = [Choice(text, False, draw(some), draw(weights) or 0.0) for text in others]
    return Choice(first, True, draw(some)), *accepted


@st.composite
def numeric(draw: Any) -> tuple[Choice, ...]:
    """As GIFT writes them: the text of a number says it."""
    stated = draw(st.lists(numbers, min_size=1, max_size=3, unique_by=str))
    choices = [
        Choice(number_text(number), not n, draw(some), 0.5 if n else None, number=number)
        for n, number in enumerate(stated)
    ]
    last = [Choice("*", False, draw(some))] if draw(st.booleans()) else []
    return *choices, *last


def number_text(number: dict[str, str]) -> str:
    return "..".join(number.values()) if "low" in number else ":".join(number.values())


@st.composite
def pairs(draw: Any) -> tuple[Choice, ...]:
    stems = draw(st.lists(texts.filter(lambda text: "->" not in text), min_size=2, max_size=4, unique=True))
    ends = draw(st.lists(texts, min_size=1, max_size=4, unique=True))
    paired = [Choice(text, True, target=draw(st.sampled_from(ends))) for text in stems]
    free = set(ends) - {choice.target for choice in paired}
    return *paired, *(Choice(text, False, is_target=True) for text in sorted(free))


@st.composite
def ordered(draw: Any) -> tuple[Choice, ...]:
    first, second, *others = draw(st.lists(texts, min_size=2, max_size=4, unique=True))
    placed = [Choice(first, True, place=1), Choice(second, True, draw(some), place=0)]
    return *placed, *(Choice(text, False) for text in others)


@st.composite
def regions(draw: Any) -> tuple[Choice, ...]:
    coords = st.lists(st.integers(0, 8000).map(lambda eighths: eighths / 8), min_size=3, max_size=6).map(tuple)
    shapes = st.sampled_from(["rect", "circle", "poly"])
    first, *others = draw(st.lists(texts, min_size=1, max_size=3, unique=True))
    return (
        Choice(first, True, region=draw(shapes), coords=draw(coords)),
        *(Choice(text, False, None, draw(weights), region=draw(shapes), coords=draw(coords)) for text in others),
    )


CHOICES = {
    "multiple_choice": one_right(),
    "multi_select": some_right(),
    "true_false": true_or_false(),
    "short_answer": written(),
    "numeric": numeric(),
    "drag_drop": pairs(),
}


@st.composite
def questions(draw: Any, *kinds: str) -> Question:
    kind = draw(st.sampled_from(kinds or tuple(CHOICES)))
    return Question(1, None, draw(texts), kind, draw(CHOICES[kind]), explanation=draw(some))


addresses = st.sampled_from([None, "https://a.example/x?y=1,2;3", "http://b.example"])


@st.composite
def full(draw: Any) -> Question:
    """With all that a question of its type may have."""
    kind = draw(st.sampled_from([*CHOICES, "hotspot"]))
    picked = draw({**CHOICES, "hotspot": regions(), "drag_drop": st.one_of(pairs(), ordered())}[kind])
    number = {"unit": draw(st.none() | lines), "units": draw(st.sampled_from([{}, {"mV": "0.001", "a;=\\": "2"}]))}
    return Question(
        item=1,
        line=None,
        text=draw(texts),
        type=kind,
        choices=tuple(
            replace(
                choice,
                name=draw(some),
                fixed=draw(st.sampled_from([None, True, False])),
                case_sensitive=kind == "short_answer" and draw(st.booleans()),
            )
            for choice in picked
        ),
        objective=draw(st.sampled_from([None, "LAN", "TCP/IP"])),
        explanation=draw(some),
        reference=draw(some),
        external_link=draw(addresses),
        difficulty=draw(st.integers(1, 5)),
        tags=tuple(draw(st.lists(texts, max_size=3, unique=True))),
        image_url=draw(addresses),
        external_id=draw(some),
        image_size=(800, 600) if kind == "hotspot" else None,
        **(number if kind == "numeric" else {}),
    )


def banks(one: st.SearchStrategy[Question]) -> st.SearchStrategy[Bank]:
    """Of a few questions, counted from 1."""
    return st.lists(one, max_size=4).map(
        lambda listed: Bank([replace(question, item=item) for item, question in enumerate(listed, 1)])
    )


def bare(bank: Bank) -> list[Question]:
    """The questions without where they stand and what the format states."""
    return [replace(question, item=0, line=None, states=frozenset()) for question in bank.questions]
