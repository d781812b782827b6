"""Writing tweets as X describes them: an older word never replaces a newer one, and the text of an id never changes.

An edited post has a new id on X, so a text is replaced only by more of itself: see `text_rank` of the table.
"""

from shared_schema.database import Statement
from shared_schema.tables.twitter import number

_NO_METRICS = '{"likes":0,"retweets":0,"replies":0}'
_IS_NEWER = "coalesce(fetched_at, 0) <= :fetched_at"
# A release before may have stored X's sentence about a locked account, and did not know it.
_RANK = """
    coalesce(text_rank, CASE WHEN text LIKE '%account is temporarily unavailable because it violates%'
                              AND length(text) < 300 THEN 0 ELSE 1 END)
"""
# X leaves out what was not asked for and what is empty, so a column stays where the response has nothing for it.
_PLAIN = (
    "created_at",
    "conversation_id",
    "replied_to_id",
    "replied_to_account_id",
    "quoted_id",
    "language",
    "withheld",
)
_PLAINLY = ", ".join(
    f"{name} = CASE WHEN {_IS_NEWER} THEN coalesce(n.value->>'{name}', {name})"
    f" ELSE coalesce({name}, n.value->>'{name}') END"
    for name in _PLAIN
)
_UPDATE = f"""
    UPDATE tweets SET
        account_id = CASE WHEN {_IS_NEWER} THEN coalesce(n.value->>'author_id', account_id) ELSE account_id END,
        text = CASE WHEN n.value->>'text_rank' > {_RANK} THEN n.value->>'text' ELSE text END,
        text_rank = max(n.value->>'text_rank', {_RANK}),
        entities = CASE WHEN n.value->>'text_rank' < {_RANK} THEN entities
                        WHEN n.value->>'text_rank' > {_RANK} OR {_IS_NEWER}
                        THEN coalesce(n.value->>'entities', entities)
                        ELSE coalesce(entities, n.value->>'entities') END,
        metrics = CASE WHEN n.value->>'metrics' IS NULL OR (metrics IS NOT NULL AND NOT {_IS_NEWER}) THEN metrics
                       WHEN json_valid(metrics) AND json_type(metrics) = 'object'
                       THEN json_patch(metrics, n.value->>'metrics')
                       ELSE json_patch('{_NO_METRICS}', n.value->>'metrics') END,
        {_PLAINLY},
        chain_id = coalesce(n.value->'versions'->>0, chain_id),
        superseded_by = CASE WHEN superseded_by IS NULL
                               OR {number("(n.value->>'superseded_by')")} > {number("superseded_by")}
                             THEN n.value->>'superseded_by' ELSE superseded_by END,
        unavailable = CASE WHEN NOT {_IS_NEWER} THEN unavailable
                           WHEN unavailable = 'withheld' AND n.value->>'withheld' IS NULL
                           THEN coalesce(n.value->>'unavailable', unavailable)
                           ELSE n.value->>'unavailable' END,
        fetched_at = max(coalesce(fetched_at, 0), :fetched_at)
    FROM json_each(:tweets) n WHERE tweets.id = n.value->>'id'
"""
_INSERT = f"""
    INSERT INTO tweets (id, account_id, text, text_rank, metrics, entities, {", ".join(_PLAIN)},
                        chain_id, superseded_by, unavailable, fetched_at)
    SELECT n.value->>'id', n.value->>'account_id', n.value->>'text', n.value->>'text_rank',
           json_patch('{_NO_METRICS}', n.value->>'metrics'), n.value->>'entities',
           {", ".join(f"n.value->>'{name}'" for name in _PLAIN)},
           n.value->'versions'->>0, n.value->>'superseded_by', n.value->>'unavailable', :fetched_at
    FROM json_each(:tweets) n WHERE n.value->>'account_id' IS NOT NULL
    ON CONFLICT (id) DO NOTHING
"""
# The versions of a post that are here, although this response names only their ids.
_LINK = """
    UPDATE tweets SET chain_id = version.chain_id
    FROM (SELECT DISTINCT j.value AS id, n.value->'versions'->>0 AS chain_id
          FROM json_each(:tweets) n, json_each(n.value->'versions') j) version
    WHERE tweets.id = version.id AND tweets.chain_id IS NOT version.chain_id
"""
_LATEST = f"""
    SELECT later.id FROM (
        SELECT id FROM tweets s WHERE s.chain_id = t.chain_id
        UNION SELECT superseded_by FROM tweets s WHERE s.chain_id = t.chain_id) later
    WHERE {number("later.id")} > {number("t.id")} ORDER BY {number("later.id")} DESC LIMIT 1
"""
_SUPERSEDE = f"""
    UPDATE tweets SET superseded_by = version.latest
    FROM (SELECT t.id, ({_LATEST}) AS latest FROM tweets t
          WHERE t.chain_id IN (SELECT n.value->'versions'->>0 FROM json_each(:tweets) n)) version
    WHERE tweets.id = version.id AND tweets.superseded_by IS NOT version.latest
"""


def steps(values: dict[str, object]) -> list[Statement]:
    """The steps of a batch that write the tweets of the JSON list `tweets` as X described them at `fetched_at`, and
    join the versions of edited posts. Their authors are there.
    """
    return [Statement(sql, values) for sql in (_UPDATE, _INSERT, _LINK, _SUPERSEDE)]
