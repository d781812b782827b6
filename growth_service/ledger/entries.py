"""Reading the ledger of AI calls: one by its id, or pages, the newest first."""

from typing import Literal, NotRequired, TypedDict, TypeVar

from shared_schema import rows
from shared_schema.database import Statement
from shared_schema.fields import loads
from shared_schema.problems import NotFound, invalid
from shared_schema.rows import Page, Shape, Unusable
from shared_schema.tables import db


class Filters(TypedDict):
    """What calls are asked for: those to which each of these applies.

    `start` and `end` are epoch seconds, the latter behind the calls. 0 for an exam or a user means none.
    """

    purpose: NotRequired[str]
    model: NotRequired[str]
    exam_id: NotRequired[int]
    user_id: NotRequired[int]
    success: NotRequired[bool]
    priced: NotRequired[bool]
    start: NotRequired[int]
    end: NotRequired[int]


Item = TypeVar("Item", int, str)


class _Row(TypedDict):
    """What a row of the ledger has, but for its JSON. `repriced_nanousd` is what the latest other price book said."""

    id: int
    request_id: str | None
    purpose: str
    provider: str | None
    model: str
    prompt_tokens: int | None
    completion_tokens: int | None
    total_tokens: int | None
    cost_nanousd: int | None
    computed_nanousd: int | None
    billed_nanousd: int | None
    repriced_nanousd: int | None
    cost_basis: str | None
    price_source: str | None
    service_tier: str | None
    response_id: str | None
    success: int
    error_message: str | None
    generation_time_ms: int | None
    exam_id: int | None
    objective_id: int | None
    user_id: int | None
    tweet_id: str | None
    opportunity_id: str | None
    created_at: int
    recorded_at: int | None


class StoredEntry(_Row):
    """A row of the ledger as it is stored: `question_ids` and `warnings` are JSON texts."""

    question_ids: str | None
    warnings: str | None


class Entry(_Row):
    """A row of the ledger."""

    question_ids: list[int] | None
    warnings: list[str]


_SHAPE = Shape("ai_generation_log", moments=("created_at", "recorded_at"))
_REPRICED = """
    (SELECT r.computed_nanousd FROM ai_repricings r WHERE r.generation_id = ai_generation_log.id
     ORDER BY r.id DESC LIMIT 1) AS repriced_nanousd
"""
_COLUMNS = ", ".join(_REPRICED if name == "repriced_nanousd" else name for name in StoredEntry.__annotations__)
_ONE = f"SELECT {_COLUMNS} FROM ai_generation_log WHERE request_id = ?"
_KNOWN = "SELECT EXISTS (SELECT 1 FROM ai_generation_log WHERE id = ?)"
# One bound for the index, from the end that is asked for and the call that the page comes after. The plus keeps the
# engine from taking the second condition for it.
_AFTER = "(SELECT created_at FROM ai_generation_log WHERE id = :after)"
_PAGE = f"""
    SELECT {_COLUMNS} FROM ai_generation_log INDEXED BY ai_generation_log_{{index}}
    WHERE {{conditions}}
        AND created_at >= :start AND created_at <= min(:end - 1, coalesce({_AFTER}, :end - 1))
        AND coalesce((+created_at, +id) < ({_AFTER}, :after), true)
    ORDER BY created_at DESC, id DESC LIMIT :limit
"""
_NONE = 0
_EARLIEST, _LATEST = -(2**62), 2**62


def get(request_id: str) -> Entry:
    """The call that a client has recorded under this id, or NotFound; Damaged where its row cannot be used."""
    (result,) = db.fetch([Statement(_ONE, (request_id,))])
    row = result.first(StoredEntry)
    if row is None:
        raise NotFound("no call was recorded under this id")
    return rows.one("ai_generation_log", row, _read)


def page(filters: Filters, after: int | None, limit: int) -> Page[Entry]:
    """Calls, newest first, those of one second by their ids; those behind the call with the id `after`.

    The time and the id of a call never change, so a page stays where it is.
    """
    sql = _PAGE.format(index=_index(filters), conditions=" AND ".join(_conditions(filters)))
    values = {"start": _EARLIEST, "end": _LATEST, **filters, "after": after, "limit": limit}
    reads = [Statement(sql, values)]
    if after is not None:
        reads.append(Statement(_KNOWN, (after,)))
    listed, *after_is_known = db.fetch(reads)
    if after_is_known and not after_is_known[0].value(int):
        raise invalid("after", "No such call.")
    return rows.page("ai_generation_log", listed.all(StoredEntry), _read, limit)


def _conditions(filters: Filters) -> list[str]:
    """SQL: what a call must have beside its time, in the words of the indexes."""
    conditions = ["true"]
    conditions += [f"{name} = :{name}" for name in ("purpose", "model") if name in filters]
    conditions += [
        f"{name} IS NULL" if filters[name] == _NONE else f"{name} = :{name}"
        for name in ("exam_id", "user_id")
        if name in filters
    ]
    if "success" in filters:
        conditions.append("success = 1" if filters["success"] else "success = 0")
    if "priced" in filters:
        conditions.append("cost_nanousd IS NOT NULL" if filters["priced"] else "cost_nanousd IS NULL")
    return conditions


def _index(filters: Filters) -> str:
    """The index that has the fewest calls which are not asked for, as a rule. All are in the order of the page."""
    if filters.get("priced") is False:
        return "unpriced"
    if filters.get("success") is False:
        return "failed"
    if filters.get("user_id"):
        return "by_user"
    if filters.get("exam_id"):
        return "by_exam"
    named = [name for name in ("purpose", "model") if name in filters]
    return f"by_{'_and_'.join(named)}" if named else "by_time"


def _read(row: StoredEntry) -> Entry:
    question_ids, warnings = _listed(row, "question_ids", int), _listed(row, "warnings", str)
    return {**rows.checked(row, _SHAPE), "question_ids": question_ids, "warnings": warnings or []}


def _listed(row: StoredEntry, column: Literal["question_ids", "warnings"], kind: type[Item]) -> list[Item] | None:
    """The list in a JSON column; Unusable where it is none of this kind."""
    text = row[column]
    items = None if text is None else loads(text)
    if items is not None and (type(items) is not list or not all(type(item) is kind for item in items)):
        raise Unusable(column, "is not a list of whole numbers" if kind is int else "is not a list of texts")
    return items
