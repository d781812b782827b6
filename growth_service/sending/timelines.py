"""Which parts of our own timelines we have without a gap, so that what is not there was not sent.

Pages come late, twice and in any order: what they cover is kept as spans of ids, and spans that touch become one.
"""

from dataclasses import dataclass

from growth_service.x import ids
from shared_schema.database import Statement

_KEPT_S = 30 * 24 * 3600

# SQL: the account of ours that sends, where there is only one.
ONLY_OWN = "(SELECT iif(count(*) = 1, min(id), NULL) FROM twitter_accounts WHERE is_own_account = 1)"


@dataclass(frozen=True, slots=True)
class Page:
    """A part of the timeline of an account: every post from the lower id to the upper one was in it."""

    account_id: str
    from_id: int
    to_id: int


_TOUCHED = "account_id = :account AND from_id <= :to + 1 AND to_id >= :from - 1"
_ADD = f"""
    INSERT INTO timeline_spans (account_id, from_id, to_id)
    SELECT :account, low, high
    FROM (SELECT min(from_id) AS low, max(to_id) AS high
          FROM (SELECT :from AS from_id, :to AS to_id
                UNION ALL SELECT from_id, to_id FROM timeline_spans WHERE {_TOUCHED}))
    WHERE EXISTS (SELECT 1 FROM twitter_accounts WHERE id = :account AND is_own_account = 1)
    ON CONFLICT (account_id, from_id) DO UPDATE SET to_id = excluded.to_id
"""
# Of the spans that touched the page, the first one has it all now.
_JOIN = f"""
    DELETE FROM timeline_spans WHERE {_TOUCHED}
        AND from_id > (SELECT min(from_id) FROM timeline_spans WHERE {_TOUCHED})
"""
_FORGET = "DELETE FROM timeline_spans WHERE account_id = :account AND to_id < :old"


def steps(page: Page, now: float) -> list[Statement]:
    """The steps that note a page of a timeline of ours; of an account that is not ours, nothing is noted.

    Spans of more than 30 days ago are forgotten, so that their number stays small.
    """
    values = {"account": page.account_id, "from": page.from_id, "to": page.to_id}
    old = {"account": page.account_id, "old": ids.at(now - _KEPT_S)}
    return [Statement(_ADD, values), Statement(_JOIN, values), Statement(_FORGET, old)]
