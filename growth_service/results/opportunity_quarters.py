"""How many opportunities were drafted, decided and sent in a span of time: sums of what triggers count."""

from typing import TypedDict

from shared_schema.database import Statement
from shared_schema.tables.costs import DAY


class Counts(TypedDict):
    """Of the drafts made in a span of time, how many there are, and are approved, rejected, executed by now.

    `approved` are all that a person let be sent, whatever became of it. `sent` are the replies and quotes sent in
    that time.
    """

    drafted: int
    approved: int
    rejected: int
    executed: int
    sent: int


COLUMNS = tuple(Counts.__annotations__)
_MOST = 10**9  # in a quarter of an hour; a count that cannot be is left out
_LISTED = ", ".join(COLUMNS)
# The whole days in UTC of a span of time, and the quarters before and behind them.
_SUMS = f"""
    SELECT {", ".join(f"coalesce(sum(iif({c} BETWEEN 0 AND {_MOST}, {c}, 0)), 0) AS {c}" for c in COLUMNS)} FROM (
        SELECT {_LISTED} FROM opportunity_days WHERE at >= :first AND at < :last
        UNION ALL SELECT {_LISTED} FROM opportunity_quarters WHERE at >= :begins AND at < :first
        UNION ALL SELECT {_LISTED} FROM opportunity_quarters WHERE at >= :last AND at < :ends)
"""


def facts(seconds: int) -> str:
    """SQL: what the counts by slots of so many seconds must be, from the opportunities, which are read one and all."""
    return f"""
        SELECT at, sum(drafted) AS drafted, sum(approved) AS approved, sum(rejected) AS rejected,
            sum(executed) AS executed, sum(sent) AS sent
        FROM (SELECT created_at - created_at % {seconds} AS at, 1 AS drafted,
                  status IN ('approved', 'claimed', 'unknown', 'executed') AS approved, status = 'rejected' AS rejected,
                  status = 'executed' AS executed, 0 AS sent
              FROM engagement_opportunities
              UNION ALL
              SELECT executed_at - executed_at % {seconds}, 0, 0, 0, 0, 1 FROM engagement_opportunities
              WHERE status = 'executed' AND opportunity_type <> 'follow' AND executed_at IS NOT NULL)
        GROUP BY at
    """


def between(begins: int, ends: int) -> Statement:
    """The read of the counts from `begins` until before `ends`, epoch seconds of full quarters of an hour. One row of
    Counts, from a row for each whole day in UTC and for each quarter beside them, whatever the queue's past.
    """
    first = min(-(-begins // DAY) * DAY, ends)
    last = max(ends // DAY * DAY, first)
    return Statement(_SUMS, {"begins": begins, "ends": ends, "first": first, "last": last})
