"""Fields and constraints of the tables: SQL defaults, CHECKs, epoch seconds, validated JSON, plain references."""

import decimal
from typing import Any

import marshmallow
import orjson
import peewee

NANO = 1_000_000_000


def default(value: object) -> peewee.SQL:
    """DEFAULT in SQL, so that it holds for every writer. Texts are quoted; `peewee.SQL` is an expression."""
    if isinstance(value, peewee.SQL):
        return peewee.SQL(f"DEFAULT ({value.sql})")
    if isinstance(value, bool):
        return peewee.SQL(f"DEFAULT {int(value)}")
    return peewee.SQL(f"DEFAULT '{value}'" if isinstance(value, str) else f"DEFAULT {value}")


def one_of(column: str, *allowed: str) -> peewee.SQL:
    """A CHECK for an enumeration."""
    return peewee.SQL(f"CHECK ({column} IN ({', '.join(repr(name) for name in allowed)}))")


def between(column: str, low: float, high: float) -> peewee.SQL:
    """A CHECK for an inclusive range."""
    return peewee.SQL(f"CHECK ({column} BETWEEN {low} AND {high})")


def flag(column: str, *, on: bool = False) -> peewee.BooleanField:
    """A boolean column, 0 or 1."""
    return peewee.BooleanField(constraints=[default(on), peewee.Check(f"{column} IN (0, 1)")])


def counter(start: int = 0) -> peewee.IntegerField:
    """A whole number that begins at `start`."""
    return peewee.IntegerField(constraints=[default(start)])


def now() -> peewee.IntegerField:
    """Epoch seconds, the moment of insertion unless given."""
    return peewee.IntegerField(constraints=[default(peewee.SQL("unixepoch()"))])


def refers_to(table: str, on_delete: str, *, null: bool = False) -> peewee.IntegerField:
    """A foreign key whose attribute is the id, not a row. Only a join follows it, so no query is hidden."""
    rule = peewee.SQL(f'REFERENCES "{table}" ("id") ON DELETE {on_delete}')
    field: peewee.IntegerField = peewee.IntegerField(null=True, constraints=[rule])
    field.null = null
    return field


def refers_to_text(table: str) -> peewee.TextField:
    """A foreign key to a table whose ids are those of X, which are texts."""
    return peewee.TextField(constraints=[peewee.SQL(f'REFERENCES "{table}" ("id")')])


def generated(expression: str) -> peewee.FloatField:
    """A column for older readers of the database, computed from `expression`. It cannot be written."""
    return peewee.FloatField(null=True, constraints=[peewee.SQL(f"GENERATED ALWAYS AS ({expression}) VIRTUAL")])


class JSONField(peewee.TextField):
    """A JSON document in a TEXT column. The marshmallow field `shape` validates it before it is written."""

    def __init__(self, shape: marshmallow.fields.Field[Any] | None = None, **options: Any) -> None:
        self.shape = shape or marshmallow.fields.Raw()
        super().__init__(**options)

    def db_value(self, value: Any) -> str | None:
        """Raises marshmallow.ValidationError for a document of another shape."""
        if value is None:
            return None
        self.shape.deserialize(value)
        return dumps(value)

    def python_value(self, value: str | None) -> Any:
        """The document; NO_JSON where the text is none, so that one such row does not spoil the others."""
        return None if value is None else loads(value)


class NoJson:
    """Stands for a text that should be JSON and is not. It is no kind of document, so every look at it finds that."""

    def __repr__(self) -> str:
        return "NO_JSON"


NO_JSON = NoJson()


def loads(text: str) -> Any:
    """The document that a JSON text is; NO_JSON where it is none."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return NO_JSON


def dumps(document: object) -> str:
    """The document as JSON text. The keys of mappings may be numbers."""
    return orjson.dumps(document, option=orjson.OPT_NON_STR_KEYS).decode()


def nano(dollars: decimal.Decimal | None) -> int | None:
    """US dollars to whole nano-dollars, half a nano-dollar up; None, the unknown price, stays None."""
    if dollars is None:
        return None
    return int((dollars * NANO).quantize(decimal.Decimal(1), rounding=decimal.ROUND_HALF_UP))
