"""Schemas and fields of the wire: camelCase names, no unknown fields, strict types, values that a column can hold."""

import datetime as dt
import decimal
import functools
import re
from importlib import resources
from typing import Any

import marshmallow
from marshmallow import fields, validate
from webargs.fields import DelimitedList

from shared_schema import bounded
from shared_schema.fields import NANO, nano
from shared_schema.rows import EARLIEST, LATEST
from shared_schema.web import writer

MAX_ID = 2**63 - 1
_NOT_TEXT = re.compile("[\0\ud800-\udfff]")
STORABLE = r"^[^\u0000]*$"  # what `_storable` refuses, as far as JSON can carry it
_MAX_USD = decimal.Decimal(1_000_000)


def camel(name: str) -> str:
    """`exam_id` becomes `examId`."""
    head, *rest = name.split("_")
    return head + "".join(word.capitalize() for word in rest)


class Schema(bounded.Schema):
    """A schema whose attributes are snake_case in Python and camelCase on the wire. Unknown fields are refused."""

    class Meta:
        unknown = marshmallow.RAISE

    def on_bind_field(self, field_name: str, field_obj: Any) -> None:
        field_obj.data_key = field_obj.data_key or camel(field_name)


class Out(marshmallow.Schema):
    """The body of a response: it has each of its fields, and null only where a field says `allow_none`.

    The document leaves open whether there are more, so that a new field breaks no client. It has no dump hooks.
    """

    class Meta:
        unknown = marshmallow.EXCLUDE

    def on_bind_field(self, field_name: str, field_obj: Any) -> None:
        field_obj.data_key = field_obj.data_key or camel(field_name)
        field_obj.required = True

    @functools.cached_property
    def write(self) -> writer.Write:
        """What `dump` makes of one object."""
        return writer.compiled(self)

    def _serialize(self, obj: Any, *, many: bool = False) -> Any:
        return [self.write(item) for item in obj] if many and obj is not None else self.write(obj)

    @classmethod
    def of(cls, document: Any) -> Any:
        """The document as it goes over the wire, by the one instance of the schema that is made for this."""
        return _whole(cls).dump(document)


@functools.cache
def _whole(schema: type[Out]) -> Out:
    return schema()


class Whole(fields.Integer):
    """A JSON integer from `low` to `high`; no boolean and no text."""

    def __init__(self, low: int = 0, high: int = MAX_ID, **options: Any) -> None:
        super().__init__(strict=True, validate=validate.Range(low, high), **options)

    def _validated(self, value: Any) -> int:
        if isinstance(value, float) and value.is_integer():
            value = int(value)  # in JSON and in its schemas, 2.0 is the number 2
        return super()._validated(value)


class QueryWhole(Whole):
    """An integer from `low` to `high` in a query string, where every value is text."""

    def _validated(self, value: object) -> int:
        if not isinstance(value, str) or not re.fullmatch(r"-?[0-9]{1,19}", value, re.ASCII):
            raise self.make_error("invalid", input=value)
        return super()._validated(int(value))


class Number(fields.Float):
    """A finite JSON number from `low` to `high`; no boolean and no text."""

    def __init__(self, low: float, high: float, **options: Any) -> None:
        super().__init__(validate=validate.Range(low, high), **options)

    def _validated(self, value: object) -> float:
        if isinstance(value, str):
            raise self.make_error("invalid", input=value)
        return super()._validated(value)


class Flag(fields.Boolean):
    """true or false, in a query string the words `true` and `false`. On the way out, 0 and 1 become false and true."""

    def __init__(self, **options: Any) -> None:
        super().__init__(truthy={"true"}, falsy={"false"}, **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> Any:
        return value if isinstance(value, bool) else super()._deserialize(value, attr, data, **options)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **options: Any) -> bool | None:
        return None if value is None else bool(value)


class Text(fields.String):
    """Text of `low` to `high` characters, without NUL and lone surrogates, which a database cannot hold."""

    def __init__(self, low: int = 0, high: int = 10_000, **options: Any) -> None:
        metadata = {"pattern": STORABLE} | options.pop("metadata", {})
        super().__init__(validate=[validate.Length(low, high), _storable], metadata=metadata, **options)


def _storable(value: str) -> None:
    if _NOT_TEXT.search(value):
        raise marshmallow.ValidationError("NUL and lone surrogates are not text.")


class Ids(bounded.List):
    """A JSON list of up to `high` ids."""

    def __init__(self, high: int = 100, **options: Any) -> None:
        super().__init__(Whole(1), 0, high, **options)


class QueryIds(DelimitedList):
    """Up to 100 ids in a query string, with commas: `1,2,3`."""

    def __init__(self, **options: Any) -> None:
        super().__init__(Whole(1, 10**18 - 1), validate=validate.Length(1, 100), **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> Any:
        if not isinstance(value, str) or not re.fullmatch(r"[0-9]{1,18}(,[0-9]{1,18}){0,99}", value, re.ASCII):
            raise marshmallow.ValidationError("Up to 100 ids with commas between them.")
        return [int(part) for part in value.split(",")]


class QueryTexts(DelimitedList):
    """Up to `high` texts in a query string, with commas: `arp,dns`. None of them is empty or has a comma."""

    def __init__(self, high: int, **options: Any) -> None:
        super().__init__(Text(1, 100), validate=validate.Length(1, high), **options)


class Day(fields.String):
    """A day of the calendar, as YYYY-MM-DD."""


# The names of the IANA database, old ones included, from the package that comes with us: a host's own list has names
# that mean something else elsewhere (localtime) or count leap seconds (right/Europe/Berlin).
_ZONES = frozenset(resources.files("tzdata").joinpath("zones").read_text().split())


class Zone(fields.String):
    """The name of a time zone, like Europe/Berlin."""

    def __init__(self, **options: Any) -> None:
        super().__init__(validate=[validate.Length(1, 64), _is_zone], **options)


def _is_zone(name: str) -> None:
    if name not in _ZONES:
        raise marshmallow.ValidationError("Not a time zone, like Europe/Berlin.")


class Instant(fields.Field[int]):
    """A moment: epoch seconds in Python, ISO 8601 in UTC on the wire."""

    default_error_messages = {"invalid": "Not a time with a zone, like 2026-11-22T08:00:00Z."}

    def _serialize(self, value: Any, attr: str | None, obj: Any, **options: Any) -> str | None:
        if value is None:
            return None
        return dt.datetime.fromtimestamp(value, dt.UTC).isoformat().removesuffix("+00:00") + "Z"

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> int:
        try:
            moment = dt.datetime.fromisoformat(value)
        except (TypeError, ValueError):
            raise self.make_error("invalid") from None
        if moment.tzinfo is None:
            raise self.make_error("invalid")
        seconds = int(moment.timestamp())
        if not EARLIEST <= seconds <= LATEST:  # of a zone in which it is another year
            raise self.make_error("invalid")
        return seconds


class Usd(fields.Field[int | None]):
    """An amount: whole nano-dollars in Python, US dollars on the wire, None and null where it is unknown."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **options: Any) -> float | None:
        return None if value is None else value / NANO


class UsdIn(Usd):
    """An amount that a request brings. It has a limit; the sums of an answer have none."""

    default_error_messages = {"invalid": "Not an amount of US dollars from 0 to 1,000,000."}

    def __init__(self, **options: Any) -> None:
        super().__init__(metadata={"minimum": 0, "maximum": int(_MAX_USD)}, **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> int | None:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.make_error("invalid")
        dollars = decimal.Decimal(str(value))
        if not 0 <= dollars <= _MAX_USD:
            raise self.make_error("invalid")
        return nano(dollars)


AFTER = "The `next` of the page before; leave it out for the first page"
LIMIT = "At most so many"


class Page(Schema):
    """The query of a list: `after` is the `next` of the page before, `limit` the size of the page."""

    after = QueryWhole(metadata={"description": AFTER})
    limit = QueryWhole(1, 100, load_default=20, metadata={"description": LIMIT})


class TextPage(Schema):
    """The same for a list whose keys are texts."""

    after = Text(1, 64, metadata={"description": AFTER})
    limit = QueryWhole(1, 100, load_default=20, metadata={"description": LIMIT})


class NoBody(Schema):
    """The body of a POST that needs none: nothing, or an empty object."""


def choice(*names: str, **options: Any) -> fields.String:
    """A text that must be one of `names`."""
    return fields.String(validate=validate.OneOf(names), **options)
