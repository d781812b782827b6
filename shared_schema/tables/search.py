"""The full-text index of questions, kept by triggers on them."""

# What a search is narrowed down by stands in the index, too, as words of the column `scope`: so its cost does not grow
# with the questions of other exams. A deleted question is found among the deleted ones alone.
COLUMNS = ("scope", "text", "options", "explanation", "reference", "tags")
_SCOPE = """'exam' || {q}.exam_id || ' objective' || {q}.objective_id || ' ' || {q}.review_status
    || iif({q}.ai_generated, ' model', ' people') || iif({q}.is_active, ' active', ' deleted')
    || iif({q}.open_flags > 0, ' flagged', ' unflagged')"""
_TEXTS = """(SELECT group_concat({value}, {between}) FROM json_each(
    CASE WHEN json_valid({{q}}.{column}) THEN {{q}}.{column} ELSE '[]' END) o{where})"""
_OPTIONS = _TEXTS.format(
    column="answers", value="o.value->>'text'", between="char(10)", where=" WHERE o.type = 'object'"
)
_TAGS = _TEXTS.format(column="tags", value="o.value", between="', '", where="")
_VALUES = (_SCOPE, "{q}.text", _OPTIONS, "{q}.explanation", "{q}.reference", _TAGS)


def values(alias: str) -> list[str]:
    """SQL: what the index has of a question, named as in COLUMNS. `alias` is the name of its row."""
    return [f"{value.format(q=alias)} AS {name}" for name, value in zip(COLUMNS, _VALUES, strict=True)]


# + and # are parts of words: "c++", "c#" and "network+" are others than "c" and "network". All else between letters and
# digits parts them: "802.1q" is 802 before 1q, and found as such.
TOKENIZE = "unicode61 remove_diacritics 2 tokenchars '+#'"
_INDEXED = (
    "exam_id", "objective_id", "review_status", "ai_generated", "is_active", "text", "answers", "explanation",
    "reference", "tags",
)  # fmt: skip
_SAME = " AND ".join(
    [*(f"new.{name} IS old.{name}" for name in _INDEXED), "(new.open_flags > 0) = (old.open_flags > 0)"]
)
_ADD = f"INSERT INTO question_search (rowid, {', '.join(COLUMNS)}) SELECT new.id, {', '.join(values('new'))}"
OBJECTS: tuple[str, ...] = (
    f"""
    CREATE VIRTUAL TABLE question_search USING fts5 ({", ".join(COLUMNS)}, tokenize = "{TOKENIZE}", prefix = '2 3')
    """,
    f"""
    CREATE TRIGGER question_search_first AFTER INSERT ON questions
    BEGIN {_ADD}; END
    """,
    f"""
    CREATE TRIGGER question_search_kept AFTER UPDATE OF {", ".join(_INDEXED)}, open_flags ON questions
    WHEN NOT ({_SAME})
    BEGIN DELETE FROM question_search WHERE rowid = new.id; {_ADD}; END
    """,
    """
    CREATE TRIGGER question_search_gone AFTER DELETE ON questions
    BEGIN DELETE FROM question_search WHERE rowid = old.id; END
    """,
)
