"""The full-text index of questions, made anew from them."""

from shared_schema.rebuild.part import Part
from shared_schema.tables import search

_TEXTS = f"""
    SELECT q.id AS rowid, {", ".join(search.values("q"))} FROM questions q WHERE q.id > :after AND q.id <= :upto
"""
# The index may have more than there are questions, also behind the last of them.
_UPTO = """
    SELECT max(id) FROM (
        SELECT id FROM (SELECT id FROM questions WHERE id > :after ORDER BY id LIMIT :size)
        UNION SELECT * FROM (SELECT rowid FROM question_search WHERE rowid > :after ORDER BY rowid LIMIT :size)
        ORDER BY id LIMIT :size)
"""

PARTS = (
    Part(
        "search",
        "question_search",
        "questions",
        "rowid > :after AND rowid <= :upto",
        ("rowid",),
        _TEXTS,
        search.COLUMNS,
        rows="replaced",
        size=500,
        upto=_UPTO,
    ),
)
