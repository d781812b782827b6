"""Banks as hypothesis makes them up: questions of every type, with whatever a reader may have found in a file."""

from dataclasses import replace

from hypothesis import strategies as st

from study_service.banks.bank import Bank, Choice, Objective, Question

_ANY = st.one_of(
    st.sampled_from("<>&;'\"/\\*`#= \n\t\r]"), st.characters(exclude_categories=["Cs"], max_codepoint=0x2FFF)
)
texts = st.text(_ANY, min_size=1, max_size=12).map(str.strip).filter(bool)
maybe = st.one_of(st.none(), texts)
_WEIGHTS = st.sampled_from([None, None, 0.5, 1 / 3, 0.25, 0.123, -1, -1 / 3, 1])
_NUMBERS = st.decimals(-1000, 1000, places=3).map(str)


def _options(weights: st.SearchStrategy[float | None] = _WEIGHTS) -> st.SearchStrategy[tuple[Choice, ...]]:
    option = st.builds(
        Choice,
        texts,
        st.booleans(),
        explanation=maybe,
        weight=weights,
        fixed=st.sampled_from([None, None, True]),
    )
    return st.lists(option, min_size=2, max_size=5, unique_by=lambda choice: choice.text).map(tuple)


_NUMBER = st.one_of(
    st.builds(lambda value: {"value": value}, _NUMBERS),
    st.builds(lambda value: {"value": value, "tolerance": "0.5"}, _NUMBERS),
    st.builds(lambda low: {"low": low, "high": "2000"}, _NUMBERS),
    st.just({}),
)
_ACCEPTED = st.builds(Choice, texts, st.booleans(), explanation=maybe, weight=_WEIGHTS, number=_NUMBER)
_TRUE_FALSE = st.booleans().map(lambda right: (Choice("True", right), Choice("False", not right)))
_PAIRS = st.lists(
    st.one_of(
        st.builds(Choice, texts, st.just(True), target=texts),
        st.builds(Choice, texts, st.just(False), is_target=st.just(True)),
    ),
    min_size=2,
    max_size=5,
).map(tuple)


def _of(
    kind: str, choices: st.SearchStrategy[tuple[Choice, ...]], **more: st.SearchStrategy[object]
) -> st.SearchStrategy[Question]:
    columns = ["explanation", "tags", "image_url"]
    return st.builds(
        Question,
        item=st.just(0),
        line=st.none(),
        text=texts,
        type=st.just(kind),
        choices=choices,
        objective=maybe,
        explanation=maybe,
        tags=st.lists(texts, max_size=2, unique=True).map(tuple),
        image_url=st.sampled_from([None, None, "https://a.example/b.png?c=1&d=2", "b.png"]),
        external_id=maybe,
        difficulty=st.sampled_from([3, 3, 4]),
        states=st.lists(st.sampled_from(columns)).map(frozenset),
        **more,
    )


def _ordered(options: tuple[Choice, ...]) -> tuple[Choice, ...]:
    return tuple(Choice(o.text, True, o.explanation, place=2 * (7 * i % len(options))) for i, o in enumerate(options))


questions = st.one_of(
    _of("multiple_choice", _options()),
    _of("multi_select", _options()),
    _of("multi_select", _options(st.none())),
    _of("true_false", _TRUE_FALSE),
    _of("short_answer", _options()),
    _of(
        "numeric",
        st.lists(_ACCEPTED, min_size=1, max_size=3).map(tuple),
        unit=st.just("V"),
        units=st.sampled_from([{}, {"mV": "0.001"}, {"x": "0.0254"}, {"y": "0.3333333"}]),
    ),
    _of("drag_drop", _PAIRS),
    _of("drag_drop", _options(st.none()).map(_ordered)),
)


def _numbered(asked: list[Question], objectives: list[Objective]) -> Bank:
    return Bank([replace(question, item=item) for item, question in enumerate(asked, 1)], objectives=objectives)


objectives = st.builds(Objective, texts, description=maybe, code=maybe)
banks = st.builds(
    _numbered,
    st.lists(questions, max_size=4),
    st.lists(objectives, max_size=2, unique_by=lambda objective: objective.name),
)
