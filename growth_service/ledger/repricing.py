"""What calls of the ledger cost by today's price book, each at its own time: beside what was booked, never over it.

A newer book knows models that an older one did not, and mends wrong prices. What was booked stays what counts.
"""

import datetime as dt
from collections.abc import Iterator
from typing import TypedDict

from growth_service import prices
from growth_service.prices import Priced
from shared_schema import rows
from shared_schema.database import Statement
from shared_schema.fields import dumps, loads
from shared_schema.rows import Shape, Unusable
from shared_schema.tables import db


class Priceable(TypedDict):
    """A call of the ledger as far as its price goes. `known_nanousd` is the newest figure of a book, if any."""

    id: int
    model: str
    provider: str | None
    usage: str | None
    prompt_tokens: int | None
    completion_tokens: int | None
    service_tier: str | None
    created_at: int
    known_nanousd: int | None


class Difference(TypedDict):
    """A call whose price is another by today's book. `nanousd` is the new figure, None for an unknown one."""

    id: int
    model: str
    known_nanousd: int | None
    nanousd: int | None


PAGE = 500
_SHAPE = Shape("ai_generation_log", moments=("created_at",))
# SQL: the newest figure of a call `g`. A release before had one column for what was computed and what was billed.
_LATEST = """
    CASE WHEN EXISTS (SELECT 1 FROM ai_repricings WHERE generation_id = g.id)
        THEN (SELECT computed_nanousd FROM ai_repricings WHERE generation_id = g.id ORDER BY id DESC LIMIT 1)
        ELSE coalesce(g.computed_nanousd, CASE WHEN g.cost_basis <> 'billed' THEN g.cost_nanousd END) END
"""
_CALLS = f"""
    SELECT g.id, g.model, g.provider, g.usage, g.prompt_tokens, g.completion_tokens, g.service_tier, g.created_at,
           {_LATEST} AS known_nanousd
    FROM ai_generation_log g
    WHERE g.id > :after AND g.created_at >= :since AND (:model IS NULL OR g.model = :model) ORDER BY g.id LIMIT {PAGE}
"""
# Only where the newest figure is still the one that was read: another run may have come between.
_WRITE = f"""
    INSERT INTO ai_repricings (generation_id, computed_nanousd, price_source, warnings)
    SELECT g.id, wanted.value->>'nanousd', wanted.value->>'source', wanted.value->>'warnings'
    FROM json_each(?) wanted JOIN ai_generation_log g ON g.id = wanted.value->>'id'
    WHERE ({_LATEST}) IS wanted.value->>'known' ORDER BY wanted.key
"""


def run(since: int = 0, model: str | None = None, *, dry: bool = False) -> Iterator[list[Difference]]:
    """Price calls since a moment (epoch seconds), of one model or of all, anew. The differences of each page of calls.

    Each page is written before the next is read, in one batch, unless `dry`. A call whose row cannot be used is left
    out and logged. A second run finds no differences.
    """
    after = 0
    while True:
        (page,) = db.fetch([Statement(_CALLS, {"after": after, "since": since, "model": model})], fresh=True)
        stored = page.all(Priceable)
        if not stored:
            return
        anew = rows.usable("ai_generation_log", stored, _price)
        differ = [(row, priced) for row, priced in anew if priced.computed_nanousd != row["known_nanousd"]]
        if differ and not dry:
            db.batch([Statement(_WRITE, (dumps([_written(row, priced) for row, priced in differ]),))], idempotent=True)
        yield [_difference(row, priced) for row, priced in differ]
        after = stored[-1]["id"]


def _price(row: Priceable) -> tuple[Priceable, Priced]:
    usage = None if row["usage"] is None else loads(row["usage"])
    if usage is not None and not isinstance(usage, dict):
        raise Unusable("usage", "is no JSON object")
    rows.checked(row, _SHAPE)
    counts = (row["prompt_tokens"], row["completion_tokens"])
    call = prices.Call(row["model"], row["provider"], usage, *counts, None, row["service_tier"])
    return row, prices.price(call, dt.datetime.fromtimestamp(row["created_at"], dt.UTC))


def _written(row: Priceable, priced: Priced) -> dict[str, object]:
    return {
        "id": row["id"],
        "known": row["known_nanousd"],
        "nanousd": priced.computed_nanousd,
        "source": priced.computed_source,
        "warnings": dumps(list(priced.warnings)),
    }


def _difference(row: Priceable, priced: Priced) -> Difference:
    known, anew = row["known_nanousd"], priced.computed_nanousd
    return {"id": row["id"], "model": row["model"], "known_nanousd": known, "nanousd": anew}
