"""Rows that a migration would stumble on are named before anything is done, or when it fails."""

import pytest

from migrations.tool import exits
from migrations.tool.apply import failure, preflight, state, upgrade
from shared_schema.releases import streams
from tests.migrations.tool.apply.family import NO_UPPER, same

pytestmark = pytest.mark.only("file", "server")
UNIQUE, NO_UNIQUE = (
    'migrator.sql("CREATE UNIQUE INDEX parent_name ON parent (name)")',
    'migrator.sql("DROP INDEX parent_name")',
)
STRICTER = """
    migrator.sql("CREATE TABLE new_parent (id INTEGER PRIMARY KEY, name TEXT NOT NULL CHECK (length(name) < 5)) STRICT")
    migrator.sql("INSERT INTO new_parent (id, name) SELECT id, name FROM parent")
    migrator.sql("DROP TABLE parent")
    migrator.sql("ALTER TABLE new_parent RENAME TO parent")
"""
SAME = STRICTER.replace(" NOT NULL CHECK (length(name) < 5)", "")
MEND = "migrator.sql(\"UPDATE parent SET name = name || '!' WHERE id = 3\")"


@pytest.fixture
def twins(family):
    family.execute_sql("INSERT INTO parent VALUES (3, 'Alice')")
    return family


def allowed(path, *rules):
    path.write_text(f"ALLOW = {dict.fromkeys(rules or ['contract'], 'a test')!r}\n" + path.read_text())
    return path


def test_equal_rows_are_named_before_anything_is_done(twins, story, backups):
    before = state.read(twins)
    allowed(story(UNIQUE, NO_UNIQUE))
    with pytest.raises(preflight.Refused) as raised:
        upgrade.up(twins, backups=backups)
    assert exits.text(raised.value) == "story/002_chapter: 2 rows of \"parent\" share name: ids 1, 3 ('Alice')"
    assert (same(twins, before), backups.exists()) == (True, False)


def test_a_rebuild_with_new_constraints_is_looked_at_before(twins, story):
    twins.execute_sql("INSERT INTO parent VALUES (4, NULL)")
    allowed(story(STRICTER, SAME), "contract", "not-null")
    with pytest.raises(preflight.Refused) as raised:
        upgrade.up(twins)
    assert exits.text(raised.value).splitlines() == [
        'story/002_chapter: 1 row of "parent" has no "name": id 4',
        'story/002_chapter: 2 rows of "parent" break CHECK (length(name) < 5): ids 1, 3',
    ]


@pytest.mark.parametrize("code", [f"{MEND}\n    {UNIQUE}", None])
def test_rows_that_an_earlier_statement_mends_are_in_nobodys_way(code, twins, story):
    """In the same migration, or by a function, which finds other rows on the real database than in the rehearsal."""
    mending = (
        "def mend():\n"
        "        twins = 'SELECT max(id) FROM parent GROUP BY name HAVING count(*) > 1'\n"
        "        for (id,) in database.execute_sql(twins).fetchall():\n"
        "            database.execute_sql('UPDATE parent SET name = ? WHERE id = ?', ('new', id))\n"
        f"    migrator.run(mend)\n    {UNIQUE}"
    )
    allowed(story(code or mending, NO_UNIQUE))
    upgrade.up(twins)
    assert streams.applied(twins, "story") == ["001_chapter", "002_chapter"]


def test_the_rows_are_named_by_the_failure_where_they_could_not_be_seen_before(twins, story):
    before = state.read(twins)
    allowed(
        story(
            f'migrator.sql("ALTER TABLE parent ADD COLUMN upper TEXT")\n    {UNIQUE}',
            f"{NO_UNIQUE}\n    {NO_UPPER.strip()}",
        )
    )
    with pytest.raises(failure.Failed) as raised:
        upgrade.up(twins)
    assert str(raised.value).splitlines()[:2] == [
        "story/002_chapter failed: UNIQUE constraint failed: parent.name",
        "2 rows of \"parent\" share name: ids 1, 3 ('Alice')",
    ]
    assert same(twins, before)


def test_references_to_nothing_are_named_by_their_rows(family, story):
    """The sample row is not among the rows that the statement changes, so the rehearsal does not see it."""
    before = state.read(family)
    story('migrator.sql("UPDATE child SET parent_id = parent_id + 76 WHERE id > 1")', "pass")
    with pytest.raises(failure.Failed) as raised:
        upgrade.up(family)
    assert str(raised.value).splitlines()[0] == (
        'story/002_chapter failed: 2 rows of "child" would refer by "parent_id" to rows of "parent" that are not '
        "there: ids 2, 3 (77, 78)"
    )
    assert same(family, before)
