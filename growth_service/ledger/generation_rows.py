"""Rows of the ledger of AI calls, as it shows them."""

from typing import Any, TypedDict, cast

from shared_schema.tables.ledger import COST_BASES, AIGeneration

BASES = COST_BASES
# What the receipts of a release before do not have.
_ADDED = ("computed_nanousd", "billed_nanousd", "price_source", "service_tier", "response_id", "recorded_at")


class _Entry(TypedDict):
    """What a row of the ledger has, but for its JSON. `cost_basis` says where the cost is from; None without a cost."""

    id: int
    request_id: str
    purpose: str
    provider: str | None
    model: str
    prompt_tokens: int | None
    completion_tokens: int | None
    total_tokens: int | None
    cost_nanousd: int | None
    cost_basis: str | None
    computed_nanousd: int | None
    billed_nanousd: int | None
    price_source: str | None
    service_tier: str | None
    response_id: str | None
    success: int
    error_message: str | None
    generation_time_ms: int | None
    exam_id: int | None
    objective_id: int | None
    tweet_id: str | None
    opportunity_id: str | None
    user_id: int | None
    created_at: int
    recorded_at: int | None


class Generation(_Entry):
    """A row of the ledger. `warnings` say why a cost is not known, or not what the provider's own word would be."""

    question_ids: list[int] | None
    warnings: list[str]


class Recorded(_Entry):
    """A row of the ledger as a receipt has it: JSON columns are text. A release before had fewer columns."""

    question_ids: str | None
    warnings: str | None
    cost_microusd: int | None


def shown(row: Recorded) -> Generation:
    """A row of a receipt with its JSON columns read. One of a release before has micro-dollars alone."""
    micros = row.get("cost_microusd")
    before: dict[str, Any] = dict.fromkeys(_ADDED) | {"cost_nanousd": None if micros is None else micros * 1000}
    warnings = AIGeneration.warnings.python_value(row.get("warnings"))
    read = {
        "question_ids": AIGeneration.question_ids.python_value(row["question_ids"]),
        "warnings": warnings if isinstance(warnings, list) else [],
    }
    return cast(Generation, before | cast(dict[str, Any], row) | read)
