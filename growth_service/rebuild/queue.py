"""What opportunities are counted up to, and the slots that they hold under the caps, from the opportunities."""

from growth_service.results import opportunity_quarters
from growth_service.sending import caps
from shared_schema.rebuild.part import Part, not_zero
from shared_schema.tables.costs import DAY, QUARTER

# One page: opportunities are few beside the calls of the ledger.
_ALL = "SELECT iif(:after < 1, 1, NULL)"
_PAGE = "o.rowid > :after AND o.rowid <= :upto"
_CHAIN = "iif(o.opportunity_type = 'follow', NULL, coalesce(t.chain_id, t.id))"
# The claim of before slots were kept is not known: the row's last change is the latest that it can have been.
_SLOTS = f"""
    SELECT o.id AS opportunity_id, o.account_id, {_CHAIN} AS chain_id,
        {caps.thread("o")} AS thread_id,
        coalesce(s.taken_at, o.executed_at, o.updated_at) AS taken_at
    FROM engagement_opportunities o JOIN tweets t ON t.id = o.tweet_id LEFT JOIN send_slots s ON s.opportunity_id = o.id
    WHERE {_PAGE} AND o.status IN ('claimed', 'unknown', 'executed')
"""

PARTS = (
    Part(
        "states",
        "opportunity_counts",
        "",
        "opportunities <> 0",
        ("status",),
        "SELECT status, count(*) AS opportunities FROM engagement_opportunities GROUP BY status",
        ("opportunities",),
        upto=_ALL,
    ),
    *(
        Part(
            name,
            f"opportunity_{name}",
            "",
            not_zero(opportunity_quarters.COLUMNS),
            ("at",),
            opportunity_quarters.facts(seconds),
            opportunity_quarters.COLUMNS,
            upto=_ALL,
        )
        for name, seconds in (("quarters", QUARTER), ("days", DAY))
    ),
    Part(
        "slots",
        "send_slots",
        "(SELECT rowid AS id FROM engagement_opportunities)",
        f"opportunity_id IN (SELECT o.id FROM engagement_opportunities o WHERE {_PAGE})",
        ("opportunity_id",),
        _SLOTS,
        ("account_id", "chain_id", "thread_id", "taken_at"),
        size=5000,
    ),
)
