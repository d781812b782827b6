"""The digests by which an import recognises a question. The engine has none, so Python computes them, in batches.

As the study service computed them when the first tables were made: a photograph, like the migrations.
"""

import hashlib
from typing import Any

import orjson

from shared_schema.database import LibsqlDatabase, Statement

_AT_ONCE = 1_000
_READ = "SELECT id, text, answers FROM questions WHERE id > ? ORDER BY id LIMIT ?"
_WRITE = """
    UPDATE OR IGNORE questions SET {0} = n.value->>'{0}' FROM json_each(?) n WHERE questions.id = n.value->>'id'
"""
_ALIKE = "SELECT count(*) AS n FROM questions WHERE content_digest IS NULL"


def fill(db: LibsqlDatabase) -> int:
    """Compute the digests of every question. Returns how many have none because an earlier question is the same."""
    after = -(2**63)
    while rows := db.fetch([Statement(_READ, (after, _AT_ONCE))])[0].rows:
        computed = orjson.dumps([_digests(row) for row in rows]).decode()
        for column in ("text_digest", "content_digest"):  # the second is unique in its exam, and may be refused
            db.execute_sql(_WRITE.format(column), (computed,))
        after = rows[-1]["id"]
    return db.fetch([Statement(_ALIKE)])[0].value(int)


def _digests(row: dict[str, Any]) -> dict[str, Any]:
    text = row["text"]
    return {"id": row["id"], "text_digest": _digest(text), "content_digest": _of_content(text, row["answers"])}


def _of_content(text: str, answers: str) -> str | None:
    """The digest of text and options; None where the options are not as the service writes them."""
    try:
        return _digest(text, *sorted(option["text"] for option in orjson.loads(answers)))
    except (orjson.JSONDecodeError, TypeError, KeyError, AttributeError):
        return None


def _digest(*texts: str) -> str:
    """The digest of texts as a reader sees them: any white space is one space."""
    seen = "\0".join(" ".join(text.split()) for text in texts)
    return hashlib.sha256(seen.encode()).hexdigest()[:32]
