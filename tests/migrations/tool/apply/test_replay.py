"""A query inside `migrate()`: it is found, the documented way works, and a stream that has one already gets on."""

import pytest

from migrations.tool import lint, rehearsal, router
from migrations.tool.apply import foresight, preflight, upgrade
from shared_schema.releases import streams
from tests.migrations import unchecked
from tests.migrations.tool.apply.family import NO_REBUILD, REBUILD, people

pytestmark = pytest.mark.only("file", "server")
QUERIES = {
    "a SELECT": "(n,) = database.execute_sql('SELECT count(*) FROM parent').fetchone()",
    "a PRAGMA": "for row in database.execute_sql('PRAGMA table_info(parent)').fetchall(): pass",
    "RETURNING": "[row] = database.execute_sql(\"INSERT INTO parent VALUES (9, 'x') RETURNING id\").fetchall()",
    "a batch": "database.fetch([__import__('shared_schema.database').database.Statement('SELECT 1')])[0].one(dict)",
}
BY_FUNCTION = """
    def shout(mark):
        for id, name in database.execute_sql("SELECT id, name FROM parent").fetchall():
            database.execute_sql("UPDATE parent SET name = ? WHERE id = ?", (name.upper() + mark, id))
    migrator.run(shout, "!")
"""
QUIET = """
    def whisper():
        database.execute_sql("UPDATE parent SET name = substr(name, 1, 1) || lower(substr(name, 2, length(name) - 2))")
    migrator.run(whisper)
"""


@pytest.mark.parametrize("query", QUERIES)
def test_query_inside_migrate_is_refused_with_its_recipe(query, family, story):
    story(QUERIES[query])
    with pytest.raises(preflight.Refused, match="query-in-migrate") as raised:
        upgrade.up(family)
    assert "migrator.run(function, …)" in " ".join(str(raised.value).split())


@pytest.mark.parametrize("harmless", ["database.execute_sql('PRAGMA cache_size = 100')", "migrator.sql('SELECT 1')"])
def test_what_needs_no_answer_is_no_query(harmless, family, story):
    story(harmless)
    (rehearsed,) = rehearsal.rehearse(family, [streams.read("story", "002_chapter")])
    assert [finding.rule for finding in lint.findings([rehearsed]) if finding.rule == "query-in-migrate"] == []


def test_a_function_with_a_query_survives_later_migrations_and_the_way_back(family, story):
    story(BY_FUNCTION, QUIET)
    upgrade.up(family)
    assert people(family) == [("ALICE!", 2), ("BOB!", 1)]
    story(REBUILD, NO_REBUILD)
    assert foresight.of(family, None, None, None).code == 0
    upgrade.up(family)
    assert people(family) == [("ALICE!", 2), ("BOB!", 1)]
    upgrade.down(family, "story", to="001_chapter")
    assert people(family) == [("Alice", 2), ("Bob", 1)]


@pytest.mark.parametrize("query", QUERIES)
def test_a_stream_that_has_one_already_gets_on(query, family, story):
    """As it was applied before the rule was there."""
    path = story(QUERIES[query])
    path.write_text("ALLOW = {'query-in-migrate': 'older than the rule'}\n" + path.read_text())
    upgrade.up(family)
    family.execute_sql("DELETE FROM parent WHERE id = 9")
    story(REBUILD, NO_REBUILD)
    assert foresight.of(family, None, None, None).code == 0
    assert [done.migration for done in upgrade.up(family).done] == ["story/003_chapter"]
    upgrade.down(family, "story")
    assert people(family) == [("Alice", 2), ("Bob", 1)]


MODELLED = """
    @migrator.create_model
    class Pet(peewee.Model):
        name = peewee.TextField()
        class Meta:
            table_name = "pet"
"""


def test_migrations_with_models_see_those_of_the_files_that_can_be_replayed(family, story):
    """What was queued before the models are asked for is not lost, and a replay writes nothing."""
    path = story(MODELLED)
    path.write_text("import peewee\n" + path.read_text())
    unchecked.up(family)
    story("database.batch([])\n    (n,) = database.execute_sql('SELECT count(*) FROM parent').fetchone()\n    n += 1")
    unchecked.up(family)
    age = 'migrator.add_fields("pet", age=peewee.IntegerField(null=True))'
    story(f'migrator.sql("CREATE TABLE more (n INTEGER)")\n    {age}')
    path = streams.directory("story") / "004_chapter.py"
    path.write_text("import peewee\n" + path.read_text())
    statements = []
    family.query_hooks.append(lambda event: statements.append(event.sql))
    unchecked.up(family)
    family.query_hooks.clear()
    assert [column.name for column in family.get_columns("pet")] == ["id", "name", "age"]
    assert family.table_exists("more")
    assert not any("count(*) FROM parent" in sql for sql in statements)


def test_models_are_read_only_where_they_are_asked_for(family, story):
    story(REBUILD, NO_REBUILD)
    replayed = []
    own = router.StreamRouter(family, "story")
    own.read = lambda name: replayed.append(name) or (lambda *_, **__: None,) * 2
    assert (own.migrator.__ops__, replayed) == ([], [])
    assert (list(own.migrator.orm), replayed) == ([], ["001_chapter"])


@pytest.mark.parametrize("module", ["random", "datetime", "os.path"])
def test_what_differs_at_each_run_is_warned_of(module, family, story):
    path = story("pass")
    path.write_text(f"import {module}\n" + path.read_text())
    (rehearsed,) = rehearsal.rehearse(family, [streams.read("story", "002_chapter")])
    (finding,) = lint.findings([rehearsed])
    assert (finding.rule, finding.severity) == ("not-repeatable", "warning")
    assert finding.message.startswith(f"it imports {module.partition('.')[0]}, so it may do something else than at its")
    path.write_text("import json\nfrom typing import Any\n" + path.read_text().partition("\n")[2])
    (rehearsed,) = rehearsal.rehearse(family, [streams.read("story", "002_chapter")])
    assert lint.findings([rehearsed]) == []
