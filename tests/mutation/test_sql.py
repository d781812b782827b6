"""The mistakes made in SQL: what each kind makes of a statement."""

import pytest

from tests.mutation import sql


def wrong(text: str) -> dict[str, list[str]]:
    """By kind of mistake, the statements that it makes of this one."""
    made: dict[str, list[str]] = {}
    for edit in sql.edits(text, [(0, len(text))]):
        made.setdefault(edit.name, []).append(text[: edit.start] + edit.text + text[edit.end :])
    return made


def test_each_condition_is_dropped_and_its_parameter_stays() -> None:
    assert wrong("SELECT a FROM t WHERE id = ? AND user_id = ?")["a condition less"] == [
        "SELECT a FROM t WHERE (1 OR id = ?) AND user_id = ?",
        "SELECT a FROM t WHERE id = ? AND (1 OR user_id = ?)",
    ]


def test_an_alternative_is_dropped_by_making_it_false() -> None:
    assert wrong("SELECT a FROM t WHERE (b OR c) AND d") == {
        "a condition less": [
            "SELECT a FROM t WHERE (1 OR (b OR c)) AND d",
            "SELECT a FROM t WHERE (b OR c) AND (1 OR d)",
        ],
        "an alternative less": [
            "SELECT a FROM t WHERE ((0 AND b) OR c) AND d",
            "SELECT a FROM t WHERE (b OR (0 AND c)) AND d",
        ],
    }


def test_the_and_of_a_between_joins_no_conditions() -> None:
    assert wrong("DELETE FROM t WHERE a BETWEEN ? AND ? AND b")["a condition less"] == [
        "DELETE FROM t WHERE (1 OR a BETWEEN ? AND ?) AND b",
        "DELETE FROM t WHERE a BETWEEN ? AND ? AND (1 OR b)",
    ]


def test_each_set_leaves_the_column_as_it_is() -> None:
    assert wrong("UPDATE t SET a = :a, b = max(b, :b) WHERE c")["a SET less"] == [
        "UPDATE t SET a = iif(1, a, :a), b = max(b, :b) WHERE c",
        "UPDATE t SET a = :a, b = iif(1, b, max(b, :b)) WHERE c",
    ]


def test_the_conditions_of_an_upsert_and_of_a_join_are_dropped_too() -> None:
    upsert = "INSERT INTO t (a) VALUES (?) ON CONFLICT (a) DO UPDATE SET b = 1 WHERE c"
    assert wrong(upsert)["a condition less"] == [upsert.replace("WHERE c", "WHERE (1 OR c)")]
    join = "SELECT a FROM t JOIN u ON u.id = t.id AND u.x LEFT JOIN v ON v.y"
    assert wrong(join)["a condition less"] == [
        "SELECT a FROM t JOIN u ON (1 OR u.id = t.id) AND u.x LEFT JOIN v ON v.y",
        "SELECT a FROM t JOIN u ON u.id = t.id AND (1 OR u.x) LEFT JOIN v ON v.y",
        "SELECT a FROM t JOIN u ON u.id = t.id AND u.x LEFT JOIN v ON (1 OR v.y)",
    ]


def test_each_term_of_an_order_is_dropped_and_turned_round() -> None:
    made = wrong("SELECT a FROM t ORDER BY a DESC, b")
    assert made["a term of ORDER BY less"] == ["SELECT a FROM t ORDER BY b", "SELECT a FROM t ORDER BY a DESC"]
    assert made["an order turned round"] == [
        "SELECT a FROM t ORDER BY a ASC, b",
        "SELECT a FROM t ORDER BY a DESC, b DESC",
    ]
    assert wrong("SELECT a FROM t ORDER BY a LIMIT 2")["an ORDER BY less"] == ["SELECT a FROM t  LIMIT 2"]


@pytest.mark.parametrize(
    ("right", "name", "made"),
    [
        ("a < ? WHERE b", "another operator", "a <= ? WHERE b"),
        ("CASE WHEN a THEN b END", "a condition turned round", "CASE WHEN NOT (a) THEN b END"),
        ("SELECT coalesce(a, 0)", "a coalesce less", "SELECT iif(1, a, 0)"),
        ("SELECT max(a)", "another function", "SELECT min(a)"),
        ("SELECT a LIMIT ?", "a LIMIT less", "SELECT a LIMIT -1 - ?"),
        ("SELECT a LIMIT ?", "a LIMIT of one more", "SELECT a LIMIT 1 + ?"),
        ("WHERE a IS NULL", "a condition turned round", "WHERE a IS NOT NULL"),
        ("SELECT NOT EXISTS (SELECT 1 FROM t)", "a NOT less", "SELECT  EXISTS (SELECT 1 FROM t)"),
        ("SELECT a * 1.0 / b", "another number", "SELECT a * 1 / b"),
        ("SELECT 'a' FROM t", "another text", "SELECT 'XXa' FROM t"),
        ("SELECT a FROM t LEFT JOIN u", "a LEFT less", "SELECT a FROM t  JOIN u"),
        ("SELECT count(DISTINCT a)", "a DISTINCT less", "SELECT count( a)"),
        ("SELECT a UNION ALL SELECT b", "a UNION ALL less", "SELECT a UNION  SELECT b"),
        ("INSERT INTO t (a) VALUES (?)", "a value less", "INSERT INTO t (a) VALUES (iif(1, NULL, ?))"),
        ("INSERT INTO t (a) SELECT ? FROM u", "a value less", "INSERT INTO t (a) SELECT iif(1, NULL, ?) FROM u"),
        ("SELECT json_object('k', a)", "a value less", "SELECT json_object('k', iif(1, NULL, a))"),
    ],
)
def test_a_small_mistake_of_each_kind(right: str, name: str, made: str) -> None:
    assert made in wrong(right)[name]


def test_stars_and_signs_are_no_operators() -> None:
    assert wrong("SELECT * FROM t") == {}
    assert wrong("SELECT count(*) FROM t") == {}
    assert wrong("SELECT -a FROM t") == {}


def test_what_an_exists_selects_and_the_keys_of_an_object_stay() -> None:
    assert wrong("SELECT EXISTS (SELECT 1 FROM t)") == {}
    assert wrong("SELECT json_object('k', a, 'l', NULL)")["a value less"] == [
        "SELECT json_object('k', iif(1, NULL, a), 'l', NULL)"
    ]


def test_a_text_in_several_literals_is_one_statement() -> None:
    source = 'x = "SELECT a FROM t"\n    f" WHERE {key} = 1 AND b"\n'
    bodies = [(5, 20), (28, 50)]
    assert [source[start:end] for start, end in bodies] == ["SELECT a FROM t", " WHERE {key} = 1 AND b"]
    made = [source[: e.start] + e.text + source[e.end :] for e in sql.edits(source, bodies) if "less" in e.name]
    assert made == [
        'x = "SELECT a FROM t"\n    f" WHERE (1 OR {key} = 1) AND b"\n',
        'x = "SELECT a FROM t"\n    f" WHERE {key} = 1 AND (1 OR b)"\n',
    ]


def test_english_is_no_sql() -> None:
    assert not sql.is_sql("where the questions are")
    assert sql.is_sql("SELECT 1")
    assert sql.is_sql("changes() = ?")
