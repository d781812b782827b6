"""Fields as the wire has them: what each takes, what it refuses, and what it becomes inside and outside."""

from typing import Any

import marshmallow
import pytest

from shared_schema.web.schema import (
    MAX_ID,
    Flag,
    Ids,
    Instant,
    NoBody,
    Number,
    Page,
    QueryIds,
    QueryWhole,
    Schema,
    Text,
    UsdIn,
    Whole,
    camel,
    choice,
)

NAN, INFINITY = float("nan"), float("inf")


def takes(field: Any, *values: Any) -> None:
    """The field makes of each value the value itself."""
    for value in values:
        became = field.deserialize(value)
        assert (became, type(became)) == (value, type(value))


def refuses(field: Any, *values: Any) -> None:
    for value in values:
        with pytest.raises(marshmallow.ValidationError):
            field.deserialize(value)


def test_names_are_snake_case_inside_and_camel_case_outside() -> None:
    assert [camel(name) for name in ("id", "exam_id", "time_spent_seconds")] == ["id", "examId", "timeSpentSeconds"]

    class Body(Schema):
        exam_id = Whole()
        some = Flag(data_key="partial")

    assert Body().load({"examId": 1, "partial": True}) == {"exam_id": 1, "some": True}
    assert Body().dump({"exam_id": 1, "some": 0}) == {"examId": 1, "partial": False}
    for unknown in ({"exam_id": 1}, {"examId": 1, "x": 1}, {"some": True}):
        with pytest.raises(marshmallow.ValidationError) as refused:
            Body().load(unknown)
        assert refused.value.messages == {list(unknown)[-1]: ["Unknown field."]}


def test_whole_is_a_json_integer_within_its_bounds() -> None:
    takes(Whole(), 0, 1, MAX_ID)
    refuses(Whole(), -1, MAX_ID + 1, 10**30, True, False, "1", 1.5, None, [1], {})
    takes(Whole(3, 5), 3, 5)
    refuses(Whole(3, 5), 2, 6)
    assert MAX_ID == 9223372036854775807


def test_query_whole_is_the_text_of_one() -> None:
    field = QueryWhole(-5)
    assert [field.deserialize(text) for text in ("-5", "0", "007", str(MAX_ID))] == [-5, 0, 7, MAX_ID]
    refuses(field, "-6", str(MAX_ID + 1), "1" * 20, "", " 1", "1.0", "1e3", "+1", "٣", "1_0", 1, True)


def test_number_is_finite_and_within_its_bounds() -> None:
    takes(Number(0, 1), 0.0, 0.5, 1.0)
    assert Number(0, 1).deserialize(1) == 1.0
    refuses(Number(0, 1), -0.1, 1.1, NAN, INFINITY, -INFINITY, True, "0.5", None)


def test_flag_is_true_or_false_and_their_words_in_a_query() -> None:
    takes(Flag(), True, False)
    assert [Flag().deserialize(word) for word in ("true", "false")] == [True, False]
    refuses(Flag(), 0, 1, "yes", "True", "1", "", None)
    assert [Flag().serialize("x", {"x": value}) for value in (0, 1, True, None)] == [False, True, True, None]


def test_text_has_a_length_and_can_be_stored() -> None:
    takes(Text(), "", "x" * 10_000, "ünï 🙂", "\x01")
    refuses(Text(), "x" * 10_001, "a\0b", "\ud800", "\udfff", 1, None)
    takes(Text(2, 3), "ab", "abc")
    refuses(Text(2, 3), "a", "abcd")


def test_ids_are_a_list_of_up_to_a_hundred() -> None:
    takes(Ids(), [], [1, MAX_ID], [7] * 100)
    refuses(Ids(), [0], [-1], ["1"], [7] * 101, "1,2", 1)
    refuses(Ids(2), [1, 2, 3])


def test_query_ids_go_with_commas() -> None:
    assert QueryIds().deserialize("1") == [1]
    assert QueryIds().deserialize("1,2,30") == [1, 2, 30]
    assert QueryIds().deserialize(",".join(["9" * 18] * 100)) == [10**18 - 1] * 100
    refuses(QueryIds(), "", ",", "1,", ",1", "1,,2", "1, 2", "-1", "x", "1" * 19, ",".join(["1"] * 101), "٣", "1\n")


def test_an_instant_is_epoch_seconds_inside_and_utc_outside() -> None:
    field = Instant()
    assert field.deserialize("2026-11-22T08:00:00Z") == 1795334400
    assert field.deserialize("2026-11-22T09:00:00+01:00") == 1795334400
    assert field.deserialize("2026-11-22T08:00:00.9Z") == 1795334400
    refuses(field, "2026-11-22T08:00:00", "2026-11-22", "now", "", 1795334400, None)
    assert field.serialize("x", {"x": 1795334400}) == "2026-11-22T08:00:00Z"
    assert field.serialize("x", {"x": 0}) == "1970-01-01T00:00:00Z"
    assert field.serialize("x", {"x": None}) is None


def test_a_page_has_twenty_rows_unless_asked() -> None:
    assert Page().load({}) == {"limit": 20}
    assert Page().load({"after": "7", "limit": "100"}) == {"after": 7, "limit": 100}
    assert Page().load({"after": "0", "limit": "1"}) == {"after": 0, "limit": 1}
    for wrong in ({"limit": "0"}, {"limit": "101"}, {"after": "-1"}, {"after": "x"}, {"offset": "1"}):
        with pytest.raises(marshmallow.ValidationError) as refused:
            Page().load(wrong)
        assert isinstance(refused.value.messages, dict)
        assert refused.value.messages.keys() == wrong.keys()


def test_no_body_is_an_empty_one() -> None:
    assert NoBody().load({}) == {}
    with pytest.raises(marshmallow.ValidationError):
        NoBody().load({"x": 1})


def test_a_choice_is_one_of_its_words() -> None:
    takes(choice("a", "b"), "a", "b")
    refuses(choice("a", "b"), "c", "A", "", None)
    assert choice("a", load_default="a").load_default == "a"


def test_dollars_are_exact_and_bounded() -> None:
    field = UsdIn()
    assert [field.deserialize(dollars) for dollars in (0, 1_000_000)] == [0, field.deserialize(1) * 1_000_000]
    assert field.deserialize(0.1) * 3 == field.deserialize(0.3)
    refuses(field, -0.01, 1_000_000.01, INFINITY, True, "1", None)
    for dollars in (0, 0.000001, 0.1, 12.345678, 1_000_000):
        assert field.serialize("x", {"x": field.deserialize(dollars)}) == dollars
    assert field.serialize("x", {"x": None}) is None
