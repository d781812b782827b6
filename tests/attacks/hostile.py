"""Bodies and queries of a megabyte that are made to cost time, memory or a long answer."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

SIZE = 1_000_000
LINE = 8_000

# JSON texts that stand for one value.
SCALARS = ("0", "null", '""', "{}", "[]", "1e400", "-1e-400", '"\\u0000"', '"\\ud83d\\ude00"', '{"a":{}}')


def texts(values: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    """Lists of these values and objects of a megabyte, with names."""
    for value in values:
        yield f"a list of {value}", _filled("[", value, "]")
        yield f"one field with a list of {value}", _filled('{"objectiveIds":[', value, "]}")
    yield "many fields", ("{" + ",".join(f'"k{n}":0' for n in range(SIZE // 11)) + "}").encode()


def any_texts() -> Iterator[tuple[str, bytes]]:
    """What a reader of JSON may stumble over, whatever the route."""
    yield from texts(SCALARS)
    yield "one field many times", ("{" + ",".join(['"k":0'] * (SIZE // 6)) + "}").encode()
    yield "the last field twice", ("{" + "".join(f'"k{n}":0,' for n in range(SIZE // 11)) + '"k1":":"}').encode()
    yield "nested lists", b"[" * SIZE
    yield "nested objects", b'{"a":' * (SIZE // 5)
    yield "nested and closed", b"[" * (SIZE // 2) + b"]" * (SIZE // 2)
    yield "a thousand deep, many times", _filled("[", "[" * 900 + "]" * 900, "]")
    yield "a long number", b"1" * SIZE
    yield "a long fraction", b"0." + b"1" * SIZE
    yield "a long text", b'"' + b"x" * SIZE + b'"'
    yield "a long text of escapes", b'"' + b"\\u00e9" * (SIZE // 6) + b'"'
    yield "a long key", b'{"' + b"k" * SIZE + b'":0}'
    yield "white space", b" " * SIZE
    yield "no text", b"\xff" * SIZE
    yield "a text that does not end", b'"' + b"\\" * SIZE


def bodies(schema: dict[str, Any]) -> Iterator[tuple[str, bytes]]:
    """Bodies in the form that a schema asks for, each list as long as it may be and each field with the same value."""
    for value in (*SCALARS, '"x"', "1.5", "true", json.dumps("x" * 1000)):
        yield f"every field {value[:20]}", _of(schema, value, SIZE).encode()


def _of(schema: dict[str, Any], value: str, room: int) -> str:
    """JSON text in the form of a schema, of about `room` characters, with `value` in each place that is no list."""
    if forms := schema.get("oneOf") or schema.get("anyOf"):
        return max((_of(form, value, room) for form in forms), key=len)
    if isinstance(properties := schema.get("properties"), dict) and properties:
        share = room // len(properties)
        return "{" + ",".join(f'"{name}":{_of(inner, value, share)}' for name, inner in properties.items()) + "}"
    if isinstance(schema.get("items"), dict):
        most = schema.get("maxItems", room)
        item = _of(schema["items"], value, max(room // most, 200))
        return "[" + ",".join([item] * max(1, min(most, room // (len(item) + 1)))) + "]"
    return value


def queries() -> Iterator[tuple[str, str]]:
    """As long as the server's limit of a request line lets them be."""
    yield "many parameters", "&".join(f"p{n}=1" for n in range(LINE // 9))
    yield "one parameter many times", "&".join(["limit=1"] * (LINE // 8))
    yield "a long value", "limit=" + "1" * LINE
    yield "a long list", "objectiveIds=" + "1," * (LINE // 2)
    yield "a long name", "k" * LINE
    yield "escapes", "%f0%9f%98%80" * (LINE // 12)
    yield "no names", "=1&" * (LINE // 3)


def _filled(start: str, value: str, end: str) -> bytes:
    return (start + ",".join([value] * (SIZE // (len(value) + 1))) + end).encode()
