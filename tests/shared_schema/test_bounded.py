"""JSON from outside: what is taken, what is refused and in which words, at a cost that grows with its length alone."""

import contextlib
import time

import marshmallow
import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from marshmallow import fields

from shared_schema import bounded
from tests.attacks import hostile

TEXTS = {
    b"[" * 33 + b"]" * 33: "Nested deeper than 32 levels.",
    b'{"a":' * 33 + b"0" + b"}" * 33: "Nested deeper than 32 levels.",
    b'{"a":1,"a":1}': "The key 'a' is there twice in one object.",
    b'[{"b":{"c":1,"\\u0063":2}}]': "The key 'c' is there twice in one object.",
    b'{"' + b"k" * 500 + b'":1,"' + b"k" * 500 + b'":1}': f"The key '{'k' * 100}' is there twice in one object.",
    b"\xef\xbb\xbf{}": "Not JSON: it begins with a byte order mark.",
    b'{"a":"\xff"}': "Not JSON: byte 0xff at offset 6 is not UTF-8.",
}
LONGEST_S = 3  # 0.2 on a machine that is not busy
NO_JSON = (
    b"NaN",
    b"[Infinity]",
    b"-Infinity",
    b'"\\ud800"',
    b'"\\udc00\\ud800"',
    b"1e999",
    b"[1,]",
    b"{'a':1}",
    b"",
    b"01",
)


@pytest.mark.parametrize(("data", "message"), TEXTS.items())
def test_a_text_is_refused_in_words(data: bytes, message: str) -> None:
    with pytest.raises(bounded.NotJson) as refused:
        bounded.loads(data)
    assert str(refused.value) == message


@pytest.mark.parametrize("data", NO_JSON)
def test_what_json_does_not_have_is_refused(data: bytes) -> None:
    with pytest.raises(bounded.NotJson, match=r"^Not JSON: "):
        bounded.loads(data)


def test_the_line_of_a_mistake_is_known() -> None:
    with pytest.raises(bounded.NotJson) as refused:
        bounded.loads(b'{\n"a": 1,\n"b" 2}')
    assert refused.value.line == 3


def test_what_is_allowed_is_taken() -> None:
    assert bounded.loads(b"[" * 32 + b"]" * 32) is not None
    assert bounded.loads(b'[{"a":1},{"a":":"},{"b":{"a":2}}]') == [{"a": 1}, {"a": ":"}, {"b": {"a": 2}}]
    assert bounded.loads(b"[1,2,3]", max_values=4) == [1, 2, 3]
    with pytest.raises(bounded.NotJson, match=r"^More than 3 values\.$"):
        bounded.loads(b"[1,2,3]", max_values=3)


documents = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.sampled_from('a:"\\\n')), inner),
    max_leaves=30,
)  # fmt: skip


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])  # on a busy machine
@given(documents)
def test_every_document_comes_back(document: object) -> None:
    assert bounded.loads(orjson.dumps(document)) == document


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])  # on a busy machine
@given(st.dictionaries(st.text(st.sampled_from('ab:"\\\né')), documents, min_size=1), st.data())
def test_a_key_twice_is_always_noticed(document: dict[str, object], data: st.DataObject) -> None:
    again = data.draw(st.sampled_from(sorted(document)))
    twice = orjson.dumps(document)[:-1] + b"," + orjson.dumps({again: None})[1:]
    with pytest.raises(bounded.NotJson, match="is there twice"):
        bounded.loads(b'{"a:":[' + twice + b"]}")


@pytest.mark.parametrize(
    ("name", "data"), list(hostile.any_texts()), ids=lambda value: value if type(value) is str else ""
)
def test_a_hostile_megabyte_is_read_in_a_fraction_of_a_second(name: str, data: bytes) -> None:
    seconds = []
    for _ in range(3):
        started = time.process_time()
        with contextlib.suppress(bounded.NotJson):
            bounded.loads(data, max_values=50_000)
        seconds.append(time.process_time() - started)
        if seconds[-1] < LONGEST_S:
            return
    raise AssertionError(f"{name} takes {min(seconds)} s")


def test_a_list_that_is_too_long_costs_nothing() -> None:
    looked_at = []
    item = fields.Raw(validate=looked_at.append)
    with pytest.raises(marshmallow.ValidationError, match="Length must be between 1 and 3"):
        bounded.List(item, 1, 3).deserialize([0] * 4)
    assert looked_at == []
    assert bounded.List(item, 1, 3).deserialize([0, 1, 2]) == [0, 1, 2]
    with pytest.raises(marshmallow.ValidationError, match="Not a valid list"):
        bounded.List(item, 1, 3).deserialize("abc")


def test_five_wrong_items_of_a_list_are_named() -> None:
    with pytest.raises(marshmallow.ValidationError) as wrong:
        bounded.List(fields.Integer(strict=True), high=50).deserialize([1, *("x" * 30)])
    assert wrong.value.messages == {place: ["Not a valid integer."] for place in range(1, 6)}


def test_a_schema_counts_the_fields_first() -> None:
    with pytest.raises(marshmallow.ValidationError) as wrong:
        bounded.Schema().load({str(n): 0 for n in range(101)})
    assert wrong.value.messages == ["More than 100 fields."]
    with pytest.raises(marshmallow.ValidationError) as wrong:
        bounded.Schema().load({str(n): 0 for n in range(100)})
    assert len(wrong.value.messages) == 100
