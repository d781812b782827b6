"""A derived thing: what the facts say it is, how it is compared with what is stored, and how it is put right."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared_schema import audit
from shared_schema.audit import Actor
from shared_schema.database import Result, Statement

CLOSE = 1e-9  # real numbers that are added up in another order differ by less
SHOWN = 100  # differences of one page


@dataclass(frozen=True, slots=True)
class Computed:
    """`rows` makes the rows that should be there, each with keys, columns and reals, of the facts of a page.

    `seen` is SQL for a value that is another one as soon as the facts of a page are.
    """

    rows: Callable[[list[Any]], Iterable[Mapping[str, Any]]]
    seen: str


@dataclass(frozen=True, slots=True)
class Part:
    """`facts` is a SELECT of `keys`, `columns` and `reals` for the rows of `table` with an id of `walk` above `:after`
    and up to `:upto`; `scope` is the same condition on the table, whose rows are `stored` as this SELECT gives them.

    `rows` says whose rows they are: "all" are made and deleted by counting, "new" are only made, "none" are there
    anyway, so that `facts` has one for each; "replaced" are all, in a virtual table, whose rows are not updated. `upto`
    is SQL for where the page after `:after` ends, NULL behind the last; without it a page has `:size` ids of `walk`.

    What SQL cannot count is `computed`: then `facts` are what it is computed from, see `computed`.
    """

    name: str
    table: str
    walk: str
    scope: str
    keys: tuple[str, ...]
    facts: str
    columns: tuple[str, ...] = ()
    reals: tuple[str, ...] = ()
    rows: str = "all"
    stored: str = ""
    size: int = 200  # ids of `walk` at a time
    logged: str = ""  # under which entity a change is logged, where the table's changes are
    upto: str = ""
    computed: Computed | None = None

    @property
    def values(self) -> tuple[str, ...]:
        return (*self.columns, *self.reals)


@dataclass(frozen=True, slots=True)
class Difference:
    """A row that is not what the facts say: by column what is stored and what should be; None where there is no row."""

    part: str
    key: dict[str, object]
    stored: dict[str, object] | None
    counted: dict[str, object] | None

    def __str__(self) -> str:
        row = ", ".join(f"{name} {value}" for name, value in self.key.items())
        if self.stored is None:
            return f"{self.part}: {row}: there is no row; counted {self.counted}"
        if self.counted is None:
            return f"{self.part}: {row}: there should be no row; stored {self.stored}"
        wrong = [name for name, value in self.stored.items() if value != self.counted[name]]
        told = ", ".join(f"{name} is {self.stored[name]!r}, counted {self.counted[name]!r}" for name in wrong)
        return f"{self.part}: {row}: {told}"


def not_zero(columns: Sequence[str]) -> str:
    """SQL: whether a row says anything, for a part whose rows of zeros say nothing."""
    return f"({', '.join(columns)}) <> ({', '.join('0' for _ in columns)})"


def page_end(part: Part, after: int) -> Statement:
    """The read of where the page after `after` ends."""
    walked = f"SELECT max(id) FROM (SELECT id FROM {part.walk} WHERE id > :after ORDER BY id LIMIT :size)"
    return Statement(part.upto or walked, {"after": after, "size": part.size})


def stored_rows(part: Part) -> str:
    """SQL: the rows of a page as the table has them."""
    return f"SELECT {', '.join((*part.keys, *part.values))} FROM {part.table} WHERE {part.scope}"


def differences(part: Part, after: int, upto: int) -> Statement:
    """The read of the rows of a page that differ; its result goes to `told`."""
    keys = ", ".join(part.keys)
    sides = [f"{side}_{name}" for name in part.values for side in ("counted", "stored")]
    both = ", ".join(f"max({column}) AS {column}" for column in sides)
    counted = ", ".join(f"{name} AS counted_{name}, NULL AS stored_{name}" for name in part.values)
    stored = ", ".join(f"NULL, {name}" for name in part.values)
    # Sorted, not joined: the engine may compare every row of a page with every other to join what has no index.
    sql = f"""
        SELECT * FROM (
            SELECT {keys}, max(is_counted) AS is_counted, max(is_stored) AS is_stored, {both}
            FROM (SELECT {keys}, 1 AS is_counted, 0 AS is_stored, {counted} FROM ({part.facts})
                  UNION ALL SELECT {keys}, 0, 1, {stored} FROM ({part.stored or stored_rows(part)}))
            GROUP BY {keys})
        WHERE NOT is_counted OR NOT is_stored OR {_differ(part, "counted_", "stored_")}
        LIMIT {SHOWN}
    """
    return Statement(sql, {"after": after, "upto": upto})


def told(part: Part, result: Result) -> list[Difference]:
    """The differences that were read."""
    return [
        Difference(
            part.name,
            {name: row[name] for name in part.keys},
            {name: row[f"stored_{name}"] for name in part.values} if row["is_stored"] else None,
            {name: row[f"counted_{name}"] for name in part.values} if row["is_counted"] else None,
        )
        for row in result.rows
    ]


def repair(part: Part, after: int, upto: int) -> list[Statement]:
    """The steps that make the rows of a page what the facts say. They change no row that is so already."""
    page = {"after": after, "upto": upto}
    if part.rows == "none":
        return [Statement(_update(part), page)]
    keys = ", ".join(part.keys)
    if part.rows == "replaced":
        return [Statement(sql, page) for sql in _replace(part)]
    gone = f"""
        WITH f AS MATERIALIZED ({part.facts})
        DELETE FROM {part.table} WHERE {part.scope} AND ({keys}) NOT IN (SELECT {keys} FROM f)
    """
    deletes = [Statement(gone, page)] if part.rows == "all" else []
    return [*deletes, Statement(_upsert(part), page)]


def log(part: Part, after: int, upto: int, mender: Actor) -> list[Statement]:
    """The step that logs what `repair` is about to change, where changes of the table are logged."""
    if not part.logged:
        return []
    one = part.keys[0]
    old, new = (
        f"json_object({', '.join(f'{name!r}, {alias}.{name}' for name in part.values)})" for alias in ("s", "f")
    )
    listed = ", ".join((*part.keys, *part.values))
    differing = f"""
        SELECT f.{one} AS id, iif(s.{one} IS NULL, NULL, {old}) AS old, {new} AS new
        FROM ({part.facts}) f LEFT JOIN (SELECT {listed} FROM {part.table} WHERE {part.scope}) s
            ON {" AND ".join(f"f.{name} = s.{name}" for name in part.keys)}
        WHERE s.{one} IS NULL OR {_differ(part, "f.", "s.")}
    """
    return [audit.entries(mender, "rebuild", part.logged, differing, {"after": after, "upto": upto})]


def _update(part: Part) -> str:
    source, other = f"({part.facts}) f", part.table
    if part.stored:
        same = " AND ".join(f"s.{name} = f.{name}" for name in part.keys)
        source, other = f"{source} JOIN ({part.stored}) s ON {same}", "s"
    match = " AND ".join(f"{part.table}.{name} = f.{name}" for name in part.keys)
    differs = _differ(part, "f.", f"{other}.")
    return f"UPDATE {part.table} SET {_set(part, 'f')} FROM {source} WHERE {match} AND ({differs})"


def _replace(part: Part) -> tuple[str, str]:
    """Of a virtual table, which has one key: away with what is wrong, and in with what is missing."""
    (key,) = part.keys
    names = ", ".join((key, *part.values))
    stored = f"SELECT {names} FROM {part.table} WHERE {part.scope}"
    wrong = f"""
        WITH f AS MATERIALIZED ({part.facts}), s AS MATERIALIZED ({stored})
        DELETE FROM {part.table} WHERE {key} IN (
            SELECT s.{key} FROM s LEFT JOIN f ON f.{key} = s.{key} WHERE f.{key} IS NULL OR {_differ(part, "f.", "s.")})
    """
    present = f"SELECT {key} FROM {part.table} WHERE {part.scope}"
    missing = f"INSERT INTO {part.table} ({names}) SELECT {names} FROM ({part.facts}) WHERE {key} NOT IN ({present})"
    return wrong, missing


def _upsert(part: Part) -> str:
    names = ", ".join((*part.keys, *part.values))
    return f"""
        INSERT INTO {part.table} ({names}) SELECT {names} FROM ({part.facts}) WHERE true
        ON CONFLICT ({", ".join(part.keys)}) DO UPDATE SET {_set(part, "excluded")}
        WHERE {_differ(part, "excluded.", f"{part.table}.")}
    """


def _set(part: Part, source: str) -> str:
    return ", ".join(f"{name} = {source}.{name}" for name in part.values)


def _differ(part: Part, one: str, other: str) -> str:
    exact = [f"{one}{name} IS NOT {other}{name}" for name in part.columns]
    close = [
        f"coalesce(abs({one}{name} - {other}{name}) > {CLOSE}, {one}{name} IS NOT {other}{name})" for name in part.reals
    ]
    return " OR ".join([*exact, *close])
