"""Storing what X sends, together with what its posts prove of replies whose outcome is unknown."""

import time

from growth_service.posts import tweets
from growth_service.posts.tweets import Fetched
from growth_service.sending import settling
from growth_service.sending.settling import Seen
from shared_schema.audit import Actor
from shared_schema.idempotency import Once, Receipt


def ingest(fetched: Fetched, seen: Seen, actor: Actor, once: Once, pending_s: int) -> Receipt:
    """Write what X said, and settle what the posts that it shows prove. The receipt is that of `tweets.ingest`.

    Attempts are read only where the batch finds that one of the posts may be theirs.
    """
    now = time.time()
    try:
        unread = settling.unread_steps(seen, actor, now, pending_s)
        return tweets.ingest(fetched, actor, once, pending_s, unread)
    except settling.Provable:
        return tweets.ingest(fetched, actor, once, pending_s, settling.steps(seen, actor, now, pending_s))
