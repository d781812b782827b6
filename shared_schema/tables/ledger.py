"""Tables of the growth service: the ledger of AI calls."""

import peewee
from marshmallow import fields as shape

from shared_schema.fields import JSONField, flag, generated, now, one_of, refers_to
from shared_schema.tables.table import Table

COST_BASES = ("usage", "tokens", "billed")


class AIGeneration(Table):
    """One AI call. `cost_nanousd` is NULL where the price is unknown, and 0 where the call was free."""

    id = peewee.AutoField()
    purpose = peewee.TextField()
    model = peewee.TextField()
    prompt_tokens = peewee.IntegerField(null=True)
    completion_tokens = peewee.IntegerField(null=True)
    total_tokens = peewee.IntegerField(null=True)
    cost_cents = generated("cost_microusd / 10000.0")
    exam_id = refers_to("exams", "SET NULL", null=True)
    objective_id = refers_to("objectives", "SET NULL", null=True)
    question_ids = JSONField(shape.List(shape.Integer(strict=True)), null=True)
    tweet_id = peewee.TextField(null=True)
    opportunity_id = peewee.TextField(null=True)
    success = flag("success", on=True)
    error_message = peewee.TextField(null=True)
    generation_time_ms = peewee.IntegerField(null=True)
    request_id = peewee.TextField(null=True, unique=True)
    user_id = refers_to("users", "SET NULL", null=True)
    ip_address = peewee.TextField(null=True)
    user_agent = peewee.TextField(null=True)
    created_at = now()
    provider = peewee.TextField(null=True)
    usage = JSONField(shape.Dict(), null=True)
    cost_microusd = peewee.IntegerField(null=True)
    # What the cost was computed from: the provider's usage object, bare token counts, or the provider's own bill.
    cost_basis = peewee.TextField(null=True, constraints=[one_of("cost_basis", *COST_BASES)])
    # The digest of what the client sent: the same requestId with other content is refused.
    digest = peewee.TextField(null=True)
    # What counts: the bill where there is one, else what we compute. Of a release before, `cost_microusd` alone.
    cost_nanousd = peewee.IntegerField(null=True)
    computed_nanousd = peewee.IntegerField(null=True)
    billed_nanousd = peewee.IntegerField(null=True)
    # Where the cost is from: the price book and its date, or whose bill it is.
    price_source = peewee.TextField(null=True)
    service_tier = peewee.TextField(null=True)
    # The provider's own id of its response: a call is counted once by it, too.
    response_id = peewee.TextField(null=True)
    # Why a cost is not known or not certain, as a list of texts.
    warnings = JSONField(shape.List(shape.String()), null=True)
    # When the row was written; `created_at` is when the call was made.
    recorded_at = peewee.IntegerField(null=True)
    # Whether it is in the sums of `tables.costs`; set by a trigger.
    is_counted = flag("is_counted")

    class Meta:
        table_name = "ai_generation_log"


AIGeneration.add_index(
    AIGeneration.index(
        AIGeneration.created_at,
        AIGeneration.purpose,
        AIGeneration.model,
        AIGeneration.cost_microusd,
        AIGeneration.success,
        name="ai_generation_log_costs",
    )
)
AIGeneration.add_index(
    AIGeneration.index(
        AIGeneration.provider,
        AIGeneration.response_id,
        unique=True,
        where=AIGeneration.response_id.is_null(False),
        name="ai_generation_log_responses",
    )
)

# The same for a call of which nobody told the provider: NULLs are never equal in a unique key.
AIGeneration.add_index(
    AIGeneration.index(
        AIGeneration.response_id,
        unique=True,
        where=AIGeneration.provider.is_null() & AIGeneration.response_id.is_null(False),
        name="ai_generation_log_unnamed_responses",
    )
)


class AIRepricing(Table):
    """What a call costs by a later price book. The call keeps what was booked; the newest of these stands beside it."""

    id = peewee.AutoField()
    generation_id = peewee.IntegerField(constraints=[peewee.SQL('REFERENCES "ai_generation_log" ("id")')])
    computed_nanousd = peewee.IntegerField(null=True)  # NULL where that book has no price for it
    price_source = peewee.TextField(null=True)
    warnings = JSONField(shape.List(shape.String()), null=True)
    created_at = now()

    class Meta:
        table_name = "ai_repricings"
        indexes = ((("generation_id", "id"), False),)


# What of a call may never change: all but its references, which become NULL with what they lead to, and what is known
# of the caller's machine, which is emptied with the person.
_FACTS = (
    "id", "purpose", "model", "prompt_tokens", "completion_tokens", "total_tokens", "question_ids", "tweet_id",
    "opportunity_id", "success", "error_message", "generation_time_ms", "request_id", "created_at", "provider", "usage",
    "cost_microusd", "cost_basis", "digest", "computed_nanousd", "billed_nanousd", "price_source", "service_tier",
    "response_id", "warnings", "recorded_at",
)  # fmt: skip
_REFERENCES = ("exam_id", "objective_id", "user_id", "ip_address", "user_agent")
_SAME = " AND ".join(
    [f"new.{column} IS old.{column}" for column in _FACTS]
    + [f"coalesce(new.{column}, old.{column}) IS old.{column}" for column in _REFERENCES]
)

# Virtual tables, views and triggers beside the models: a CREATE statement each, in the order in which they are made.
OBJECTS: tuple[str, ...] = (
    f"""
    CREATE TRIGGER ai_generation_log_update BEFORE UPDATE ON ai_generation_log
    WHEN NOT ({_SAME}
        AND (new.cost_nanousd IS old.cost_nanousd
            OR (old.cost_nanousd IS NULL AND new.cost_nanousd IS old.cost_microusd * 1000)))
    BEGIN SELECT RAISE(ABORT, 'ai_generation_log: a call stays as it was written'); END
    """,
    """
    CREATE TRIGGER ai_generation_log_delete BEFORE DELETE ON ai_generation_log
    BEGIN SELECT RAISE(ABORT, 'ai_generation_log: calls are never deleted'); END
    """,
    """
    CREATE TRIGGER ai_repricings_update BEFORE UPDATE ON ai_repricings
    BEGIN SELECT RAISE(ABORT, 'ai_repricings: a price stays as it was written'); END
    """,
    """
    CREATE TRIGGER ai_repricings_delete BEFORE DELETE ON ai_repricings
    BEGIN SELECT RAISE(ABORT, 'ai_repricings: prices are never deleted'); END
    """,
)
