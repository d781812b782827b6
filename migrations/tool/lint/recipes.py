"""What to write instead of a statement that the engine refuses.

The engine's texts are matched here, and only here: a recipe explains such a text to a person, and most of them have no
type of error of their own.
"""

import re

_NAME = r'["`\[]?(?P<{}>\w+)["`\]]?'
_ALTER = re.compile(
    rf"\s*ALTER\s+TABLE\s+{_NAME.format('table')}\s+\w+\s+(?:COLUMN\s+)?(?:{_NAME.format('column')})?", re.IGNORECASE
)
_CREATE = re.compile(rf"\s*CREATE\s+(?:UNIQUE\s+)?\w+\s+{_NAME.format('table')}", re.IGNORECASE)
_BY_REBUILD = (
    'rebuild it: CREATE TABLE "new_{table}" …, INSERT INTO … SELECT, DROP TABLE "{table}", RENAME TO "{table}"'
)
_STANDARD = re.compile(
    r"\bALTER\s+TABLE\s+\S+\s+(MODIFY|ALTER|CHANGE|ADD\s+(CONSTRAINT|FOREIGN|UNIQUE|CHECK|PRIMARY))\b", re.I
)
_BARE_FUNCTION = re.compile(r"\bDEFAULT\s+\w+\s*\(", re.IGNORECASE)

# The engine's text, and the recipe. The first match wins.
_RECIPES: tuple[tuple[str, str], ...] = (
    (
        "non-constant default",
        'Add "{column}" without a default and fill it by BACKFILLS, with the writers giving the value; or '
        + _BY_REBUILD,
    ),
    (
        "Cannot add a UNIQUE column",
        'Add "{column}" plainly, then CREATE UNIQUE INDEX "{table}_{column}" ON "{table}" ("{column}").',
    ),
    (
        "Cannot add a PRIMARY KEY column",
        'A primary key is made with its table; for a new one of "{table}", ' + _BY_REBUILD,
    ),
    ("cannot add a STORED column", 'Say VIRTUAL: "{column}" is then computed when it is read, and can have an index.'),
    (
        "subqueries prohibited in partial index",
        "A partial index may look at its own row alone: keep what the subquery says in a column of this table.",
    ),
    (
        "non-deterministic functions prohibited",
        "An index must come out the same every time: put the time or random number into a column, index that.",
    ),
    ("error in (index|trigger|view)", "Drop the named one first, and make it again, if need be, after this statement."),
    ("cannot drop (PRIMARY KEY|UNIQUE) column", 'It is part of a constraint of "{table}": ' + _BY_REBUILD),
    ("(unknown|missing) datatype", "A STRICT table knows INTEGER, REAL, TEXT, BLOB and ANY."),
    (
        "^table .* already exists",
        "Look at what the table holds: choose another name, or rename it away; has another stream made it?",
    ),
    ("already exists", "Say DROP … IF EXISTS before, or choose another name; has another stream made it?"),
    (
        "no such (table|column|index)",
        "Look at the order of the migrations: what it names is not there yet, or no more.",
    ),
    ("no such module", "The engines have fts3, fts4, fts5, rtree, rtree_i32 and geopoly."),
    ("several statements", "One statement for each migrator.sql(…); the engine would run the first one alone."),
    ("CHECK constraint failed", "The default breaks the column's own CHECK: choose one that it allows."),
    ("NOT NULL constraint failed", "Give the column a value, or a DEFAULT."),
    ("UNIQUE constraint failed", "Two rows would be equal: mend them in an earlier migration."),
)


def recipe(sql: str, error: str) -> str:
    """The recipe for a refused statement, with its names filled in; empty where there is none for this error."""
    names = _names(sql)
    if "syntax error" in error:
        return _of_syntax(sql).format(**names)
    text = next((text for pattern, text in _RECIPES if re.search(pattern, error)), "")
    return text.format(**names)


def lacks_default(error: str) -> bool:
    """Whether the engine refuses to add a NOT NULL column because it has no default."""
    return "NOT NULL column with default value NULL" in error


def _names(sql: str) -> dict[str, str]:
    """The table and the column that a statement names."""
    match = _ALTER.match(sql) or _CREATE.match(sql)
    named = {key: value for key, value in match.groupdict().items() if value} if match else {}
    return {"table": "the table", "column": "the column"} | named


def _of_syntax(sql: str) -> str:
    if _STANDARD.search(sql):
        return "The engine cannot change a column or constraint of {table} in place: " + _BY_REBUILD
    if _BARE_FUNCTION.search(sql):
        return "A default that calls a function stands in parentheses: DEFAULT (unixepoch())."
    return ""
