"""What X tells late of a post, the other versions of it and its conversation, reaches its opportunities and slots.

They have copies of both, for the rules that let one version be answered, and so many in a thread. Where nothing was
known, the copies have the id of the post itself.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from shared_schema.database import Statement
from shared_schema.tables.engagement import LIVE

_VERSIONS = """
    (SELECT DISTINCT j.value AS id, n.value->'versions'->>0 AS chain_id
     FROM json_each(:tweets) n, json_each(n.value->'versions') j
     WHERE j.value <> n.value->'versions'->>0) version
"""
# Where another live one has the chain already, a row keeps its own: the index lets a post have one of each type.
_LIVE = f"""
    UPDATE OR IGNORE engagement_opportunities INDEXED BY engagement_opportunities_one_live_of_a_chain
    SET chain_id = version.chain_id FROM {_VERSIONS}
    WHERE engagement_opportunities.chain_id = version.id AND status IN ({", ".join(map(repr, LIVE))})
"""
_CHAINS = f"UPDATE send_slots SET chain_id = version.chain_id FROM {_VERSIONS} WHERE send_slots.chain_id = version.id"
_THREADS = """
    UPDATE send_slots SET thread_id = n.value->>'conversation_id' FROM json_each(:tweets) n
    WHERE send_slots.thread_id = n.value->>'id' AND n.value->>'conversation_id' <> n.value->>'id'
"""


def steps(tweets: Sequence[Mapping[str, Any]], values: dict[str, object]) -> list[Statement]:
    """Steps of an ingest, behind the tweets, which are the JSON list `tweets` as well, and what becomes of their
    drafts. Most tweets have no other versions, and begin their conversation.
    """
    edited = any(len(tweet["versions"]) > 1 for tweet in tweets)
    late = any(tweet["conversation_id"] not in (None, tweet["id"]) for tweet in tweets)
    return [Statement(sql, values) for sql in ((_LIVE, _CHAINS) if edited else ()) + ((_THREADS,) if late else ())]
