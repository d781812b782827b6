"""Whether a post can be answered, and whether it still reads as it did when its reply was approved. As SQL."""

from collections.abc import Mapping

from growth_service.queue import moves
from growth_service.queue.moves import Move
from shared_schema.audit import Actor
from shared_schema.database import Statement

# Why the tweet `t` of the account `a` cannot be answered; NULL where it can.
WHY_NOT = """
    CASE WHEN a.is_own_account = 1 THEN 'the post is our own'
         WHEN t.unavailable IS NOT NULL THEN 'X does not show the post'
         WHEN a.unavailable IS NOT NULL THEN 'X does not show the account of the author'
         WHEN t.superseded_by IS NOT NULL THEN 'the post was edited: answer its latest version'
         WHEN EXISTS (SELECT 1 FROM json_each(iif(json_valid(t.withheld), t.withheld, '{}'), '$.country_codes')
                      WHERE value IN ('XX', 'XY')) THEN 'the post is withheld everywhere'
         WHEN t.text LIKE 'This account is temporarily unavailable because%'
         THEN 'X says that the account is temporarily unavailable, instead of the text of the post'
    END
"""
# What an approver reads of the opportunity `o` and its tweet `t`, as one text: the reply, and the post.
PAIR = "json_array(o.suggested_response, t.text)"
# Whether the approved opportunity `o` may go out: the post can be answered, and both texts are those approved.
STANDS = f"""
    EXISTS (SELECT 1 FROM tweets t JOIN twitter_accounts a ON a.id = o.account_id
            WHERE t.id = o.tweet_id AND {PAIR} IS o.approved_pair AND ({WHY_NOT}) IS NULL)
"""
# Whether it has a post, which does not let it go out. One without a post is a damaged row, and stays as it is.
_FALLEN = f"""
    EXISTS (SELECT 1 FROM tweets t JOIN twitter_accounts a ON a.id = o.account_id
            WHERE t.id = o.tweet_id AND ({PAIR} IS NOT o.approved_pair OR ({WHY_NOT}) IS NOT NULL))
"""
# An approval ends with what was approved. The time to decide begins anew.
VOID = Move(
    "void",
    "status = 'approved'",
    "pending",
    "",
    also=", approved_pair = NULL, decided_by = NULL, decided_at = NULL, pending_until = unixepoch() + :pending_s",
    new="json_object('status', '{becomes}', 'reason', 'the post does not read as it did when this was approved')",
)
# The best `limit` approved ones, as far as they do not stand any more.
_BEST_FALLEN = f"""
    id IN (SELECT o.id FROM engagement_opportunities o
           WHERE o.id IN (SELECT id FROM engagement_opportunities WHERE status = 'approved'
                          ORDER BY relevance_score DESC, created_at DESC, id DESC LIMIT :limit)
             AND {_FALLEN})
"""
# Those of the tweets in the JSON list `tweets`. The states stand there so that the index of live ones fits; the + keeps
# the engine from looking through all that are approved instead.
_FALLEN_OF = f"""
    id IN (SELECT o.id FROM json_each(:tweets) n CROSS JOIN engagement_opportunities o ON o.tweet_id = n.value->>'id'
           WHERE o.status IN ('pending', 'approved', 'claimed', 'unknown') AND +o.status = 'approved' AND {_FALLEN})
"""


def void_best(actor: Actor, values: Mapping[str, object]) -> list[Statement]:
    """Steps of a claim: among the best `limit`, approvals whose post has changed end. `pending_s` is in the values."""
    return moves.steps(VOID, actor, _BEST_FALLEN, values)


def void_of(actor: Actor, values: Mapping[str, object]) -> list[Statement]:
    """Steps of an ingest, behind its tweets: the same for the tweets in the JSON list `tweets`."""
    return moves.steps(VOID, actor, _FALLEN_OF, values)
