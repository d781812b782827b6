"""What those who keep the questions look through: the full-text index, and how many flags are open."""

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

_FLAGS = """
    SELECT q.id, (SELECT count(*) FROM question_flags f WHERE f.question_id = q.id AND f.resolution IS NULL)
        AS open_flags
    FROM questions q WHERE q.id > :after AND q.id <= :upto
"""

_BANDS = """
    SELECT DISTINCT q.id AS question_id, b.value AS band, q.exam_id
    FROM questions q, json_each(CASE WHEN json_valid(q.bands) THEN q.bands ELSE '[]' END) b
    WHERE q.id > :after AND q.id <= :upto AND b.type = 'integer' AND q.is_active = 1
"""

PARTS = (
    Part(
        "flags",
        "questions",
        "questions",
        "id > :after AND id <= :upto",
        ("id",),
        _FLAGS,
        ("open_flags",),
        rows="none",
        size=1000,
    ),
    Part(
        "bands",
        "question_bands",
        "questions",
        "question_id > :after AND question_id <= :upto",
        ("question_id", "band"),
        _BANDS,
        ("exam_id",),
        size=1000,
    ),
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
