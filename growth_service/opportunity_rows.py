"""Opportunities as the tables have them, with their tweets and authors, and what the code relies on in them."""

from typing import TypedDict

from growth_service import accounts
from shared_schema import rows
from shared_schema.rows import Shape
from shared_schema.tables.engagement import OPPORTUNITY_STATUSES, OPPORTUNITY_TYPES

TYPES, STATUSES = OPPORTUNITY_TYPES, OPPORTUNITY_STATUSES
SHAPE = Shape(
    "engagement_opportunities",
    moments=("created_at", "updated_at", "executed_at", "lease_expires_at"),
    reals=("relevance_score",),
    words={"opportunity_type": TYPES, "status": STATUSES},
)


class Opportunity(TypedDict):
    """An opportunity as it is stored, with its tweet and the tweet's author."""

    id: str
    tweet_id: str
    account_id: str
    opportunity_type: str
    relevance_score: float
    suggested_response: str | None
    ai_model_used: str | None
    ai_cost_nanousd: int | None
    status: str
    created_at: int
    updated_at: int
    executed_at: int | None
    reject_reason: str | None
    lease_token: str | None
    lease_expires_at: int | None
    result_tweet_id: str | None
    failure_reason: str | None
    tweet_text: str
    account_username: str | None
    account_display_name: str | None


_JOINED = {
    "tweet_text": "t.text",
    "account_username": accounts.shown_handle("a"),
    "account_display_name": "a.display_name",
}
_COLUMNS = {name: _JOINED.get(name, f"o.{name}") for name in Opportunity.__annotations__}
FROM = """
    FROM engagement_opportunities o
    JOIN tweets t ON t.id = o.tweet_id
    JOIN twitter_accounts a ON a.id = o.account_id
"""
SELECT = f"SELECT {', '.join(f'{column} AS {name}' for name, column in _COLUMNS.items())} {FROM}"

# SQL for receipts: one opportunity as a JSON object, and the tables that it is read from.
AS_JSON = f"json_object({', '.join(f'{name!r}, {column}' for name, column in _COLUMNS.items())})"

# SQL: whether the opportunity `o` can be shown.
USABLE = f"""
    ({rows.condition(SHAPE, "o")}
     AND EXISTS (SELECT 1 FROM tweets, twitter_accounts a WHERE tweets.id = o.tweet_id AND a.id = o.account_id))
"""
RELIED_ON = " or ".join((*SHAPE.columns, "tweet_id"))

BEST_FIRST = "relevance_score DESC, created_at DESC, id DESC"


def read(row: Opportunity) -> Opportunity:
    """An opportunity, or Unusable."""
    return rows.checked(row, SHAPE)
