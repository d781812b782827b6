"""How much may be sent: on a day, on a day to one author, in one thread, and in which hours.

What was claimed holds a slot, from the claim on, until it is known that it was not sent: a row in `send_slots`, which
triggers keep. A claim counts the slots and takes its own in one transaction, and one transaction writes at a time, so
callers in any number of processes cannot go beyond a cap together.
"""

import datetime as dt
from zoneinfo import ZoneInfo

from growth_service.queue import answerable, opportunity_rows
from shared_schema.environment import Engagement

_CANDIDATES = 200  # of the best that a claim may look through for those that the caps let pass


def thread(o: str) -> str:
    """SQL: the conversation on X of an opportunity `o` and its tweet `t`; NULL for a follow, which is in none."""
    return f"iif({o}.opportunity_type = 'follow', NULL, coalesce(t.conversation_id, t.id))"


def _author_used(o: str, day: str) -> str:
    """SQL: the slots of this day for the author of an opportunity `o`."""
    return f"(SELECT count(*) FROM send_slots s WHERE s.account_id = {o}.account_id AND s.taken_at >= {day})"


def _thread_used(o: str) -> str:
    """SQL: the slots in the thread of an opportunity `o`."""
    return f"(SELECT count(*) FROM send_slots s WHERE s.thread_id = {thread(o)})"


_DAY_USED = "(SELECT count(*) FROM send_slots WHERE taken_at >= {day})"
_READY = f"o.status = 'approved' AND {opportunity_rows.USABLE} AND {answerable.STANDS}"
_ORDER = "ORDER BY o.relevance_score DESC, o.created_at DESC, o.id DESC"
_LEFT = f"iif(:open, min(:limit, max(0, coalesce(:per_day - {_DAY_USED.format(day=':day')}, :limit))), 0)"
# Of one author, or in one thread, the best come first; those of an author or a thread that is full are passed over.
_BEST = f"""
    id IN (SELECT id FROM (
        SELECT id, place,
               of_author + row_number() OVER (PARTITION BY account_id ORDER BY place) AS of_author,
               of_thread + iif(thread_id IS NULL, 0, row_number() OVER (PARTITION BY thread_id ORDER BY place))
                   AS of_thread
        FROM (SELECT o.id, o.account_id, {thread("o")} AS thread_id, row_number() OVER ({_ORDER}) AS place,
                     {_author_used("o", ":day")} AS of_author, {_thread_used("o")} AS of_thread
              FROM engagement_opportunities o JOIN tweets t ON t.id = o.tweet_id
              WHERE {_READY} AND coalesce({_author_used("o", ":day")} < :per_author_day, true)
                AND coalesce({_thread_used("o")} < :per_thread, true)
              {_ORDER} LIMIT {_CANDIDATES}))
     WHERE coalesce(of_author <= :per_author_day, true) AND coalesce(of_thread <= :per_thread, true)
     ORDER BY place LIMIT {_LEFT})
"""
_BEST_OF_ALL = f"id IN (SELECT o.id FROM engagement_opportunities o WHERE {_READY} {_ORDER} LIMIT {_LEFT})"
# Behind a claim: why those that could go out, among the best that are left, do not. A JSON object for each reason.
HELD = f"""
    SELECT json_object('held', reason, 'count', count(*)) FROM (
        SELECT CASE WHEN NOT open THEN 'postingHours' WHEN day_used >= per_day THEN 'day'
                    WHEN {_author_used("ready", "day")} >= per_author_day THEN 'authorDay'
                    WHEN {_thread_used("ready")} >= per_thread THEN 'thread' END AS reason
        FROM (SELECT *, {_DAY_USED.format(day="day")} AS day_used FROM (
                  SELECT ? AS open, ? AS day, ? AS per_day, ? AS per_author_day, ? AS per_thread))
        CROSS JOIN (SELECT o.tweet_id, o.account_id, o.opportunity_type FROM engagement_opportunities o
                    WHERE {_READY} {_ORDER} LIMIT {_CANDIDATES}) ready
        JOIN tweets t ON t.id = ready.tweet_id)
    WHERE reason IS NOT NULL GROUP BY reason
"""


def limit(rules: Engagement) -> bool:
    """Whether there is any cap, so that HELD may tell of one."""
    caps = (rules.per_day, rules.per_author_day, rules.per_thread, rules.posting_hours)
    return any(cap is not None for cap in caps)


def best(rules: Engagement) -> str:
    """SQL for the opportunities that a claim may take: the best `limit` that the caps let pass. Its parameters are
    `limit` and those of `values`.
    """
    return _BEST_OF_ALL if rules.per_author_day is None and rules.per_thread is None else _BEST


def values(rules: Engagement, now: int) -> dict[str, object]:
    """The parameters of `best`, and in this order those of HELD, at `now` in epoch seconds."""
    local = dt.datetime.fromtimestamp(now, ZoneInfo(rules.zone))
    day = local.replace(hour=0, minute=0, second=0, microsecond=0)
    return {
        "open": int(is_open(rules, local.hour)),
        "day": int(day.timestamp()),
        "per_day": rules.per_day,
        "per_author_day": rules.per_author_day,
        "per_thread": rules.per_thread,
    }


def is_open(rules: Engagement, hour: int) -> bool:
    """Whether something may be sent in this hour of the local clock."""
    if rules.posting_hours is None:
        return True
    first, end = rules.posting_hours
    return first <= hour < end if first < end else hour >= first or hour < end
