"""Whether one JSON document contains another, in SQL. One of the two is known while the query is written.

The rules are those of PostgreSQL's `@>`: an object contains those whose keys it has with values that it contains; an
array those of whose elements it has each; a scalar its equal. At the top an array contains a scalar among its elements.
`true` is not 1. The SQL is NULL where the other document is NULL or no JSON.
"""

import json
import math
from typing import Any

import peewee

# The root of a document as a row of json_tree: its type, and its value, which is JSON for objects and arrays.
_BEFORE = "(SELECT {} FROM (SELECT "
_AFTER = (
    " AS doc) AS given, json_tree(CASE WHEN json_valid(given.doc) THEN given.doc END) AS n0"
    " WHERE n0.parent IS NULL LIMIT 1)"
)


def contains(haystack: Any, needle: Any) -> peewee.Node:
    """1 if `haystack` contains `needle`, else 0. Either of them is a peewee.Value with JSON as text."""
    condition = _has
    if not isinstance(needle, peewee.Value):
        haystack, needle, condition = needle, haystack, _is_within
    if not isinstance(needle, peewee.Value):
        raise peewee.NotSupportedError("libSQL can compare a JSON column with a JSON value, not with another column")
    try:
        known = json.loads(needle.value)
    except (TypeError, ValueError):
        return peewee.SQL("NULL")
    parameters: list[Any] = []
    select = _BEFORE.format(condition(0, known, parameters, top=True))
    return peewee.NodeList((peewee.SQL(select, parameters), haystack, peewee.SQL(_AFTER)), glue="")


# `depth` numbers the row of json_tree or json_each that is looked at: n0 is the root, n1 an element of it, and so on.


def _has(depth: int, known: Any, parameters: list[Any], *, top: bool = False) -> str:
    """The row contains what is known."""
    if isinstance(known, dict):
        return _all([f"n{depth}.type = 'object'", *(_has_key(depth, *item, parameters) for item in known.items())])
    if isinstance(known, list):
        return _all([f"n{depth}.type = 'array'", *(_has_element(depth, item, parameters) for item in known)])
    equal = _equals(depth, known, parameters)
    return _any([equal, _has_element(depth, known, parameters)]) if top else equal


def _has_key(depth: int, key: str, known: Any, parameters: list[Any]) -> str:
    parameters.append(key)
    return _exists(depth, "object", f"n{depth + 1}.key = ? AND {_has(depth + 1, known, parameters)}")


def _has_element(depth: int, known: Any, parameters: list[Any]) -> str:
    return _exists(depth, "array", _has(depth + 1, known, parameters))


def _is_within(depth: int, known: Any, parameters: list[Any], *, top: bool = False) -> str:
    """What is known contains the row."""
    if isinstance(known, dict):
        values = [_is_value(depth + 1, *item, parameters) for item in known.items()]
        return f"(n{depth}.type = 'object' AND NOT {_exists(depth, 'object', f'NOT {_any(values)}')})"
    if not isinstance(known, list):
        return _equals(depth, known, parameters)
    elements = [_is_within(depth + 1, item, parameters) for item in known]
    array = f"(n{depth}.type = 'array' AND NOT {_exists(depth, 'array', f'NOT {_any(elements)}')})"
    scalars = [item for item in known if not isinstance(item, dict | list)] if top else []
    return _any([array, *(_equals(depth, scalar, parameters) for scalar in scalars)])


def _is_value(depth: int, key: str, known: Any, parameters: list[Any]) -> str:
    parameters.append(key)
    return f"(n{depth}.key = ? AND {_is_within(depth, known, parameters)})"


def _equals(depth: int, scalar: Any, parameters: list[Any]) -> str:
    """The row is this scalar: `2` equals `2.0`, and `true` equals `true` alone."""
    if isinstance(scalar, bool):
        return f"(n{depth}.type = '{'true' if scalar else 'false'}')"
    if scalar is None:
        return f"(n{depth}.type = 'null')"
    if isinstance(scalar, str):
        parameters.append(scalar)
        return f"(n{depth}.type = 'text' AND n{depth}.value = ?)"
    if not math.isfinite(scalar):
        return "0"  # no JSON
    parameters.append(scalar if isinstance(scalar, float) or scalar.bit_length() < 64 else float(scalar))
    return f"(n{depth}.type IN ('integer', 'real') AND n{depth}.value = ?)"


def _exists(depth: int, kind: str, condition: str) -> str:
    """The row is an object or array, and has an element for which the condition holds."""
    rows = f"json_each(CASE n{depth}.type WHEN '{kind}' THEN n{depth}.value END)"
    return f"EXISTS (SELECT 1 FROM {rows} AS n{depth + 1} WHERE {condition})"


def _all(conditions: list[str]) -> str:
    return _joined(" AND ", conditions) if conditions else "1"


def _any(conditions: list[str]) -> str:
    return _joined(" OR ", conditions) if conditions else "0"


def _joined(operator: str, conditions: list[str]) -> str:
    """In halves: the engine takes expressions that are a thousand deep, and each operator of a chain is one deeper."""
    if len(conditions) == 1:
        return f"({conditions[0]})"
    half = len(conditions) // 2
    return f"({_joined(operator, conditions[:half])}{operator}{_joined(operator, conditions[half:])})"
