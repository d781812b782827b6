"""October to December: a failure half way, branches that met, an edited file, a renamed one, the way back."""

import peewee

from migrations.tool import exits
from shared_schema.releases import streams
from tests.migrations.tool.year.models import drafts, table, tweets


def a_failure_half_way(team):
    """The first of two migrations is committed and stays, the second fails; the answer says which is which."""
    team.sql("INSERT INTO tweets (id, text) VALUES ('2', 'hello')")
    column = "ALTER TABLE tweets ADD COLUMN kind TEXT DEFAULT 'post'"
    team.write("growth", "kinds", column, "ALTER TABLE tweets DROP COLUMN kind")
    unique = "CREATE UNIQUE INDEX tweets_kind ON tweets (kind)"
    path = team.write("growth", "one_of_a_kind", unique, "DROP INDEX tweets_kind", PHASE="contract")
    team.refuses("up", "growth", says="growth/004_kinds", code=exits.HALF_DONE)
    code, out = team.run("status")
    assert (code, "growth: pending 005_one_of_a_kind" in out) == (exits.FOUND, True)
    path.unlink()
    assert team.run("down", "growth", "--yes")[0] == 0
    (streams.directory("growth") / "004_kinds.py").unlink()
    team.is_whole()


def a_query_within_migrate(team):
    """Its answer would be missing when the history is replayed."""
    path = team.write("growth", "counted", "CREATE TABLE counted (n INTEGER) STRICT", "DROP TABLE counted")
    team.change(
        path, "    migrator.sql('CREATE", "    database.execute_sql('SELECT 1').fetchone()\n    migrator.sql('CREATE"
    )
    team.refuses("lint", says="migrator.run(", code=exits.FOUND)
    team.refuses("up", "growth", says="query")
    path.unlink()


def branches_that_met(team):
    """Both branches wrote a migration with the next number; the later one went out first."""
    made = 'CREATE TABLE "beta" ("id" INTEGER NOT NULL PRIMARY KEY) STRICT'
    second = team.write("growth", "beta", made, 'DROP TABLE "beta"')
    team.declare("growth", tweets(), drafts(), table("beta", id=peewee.AutoField()))
    team.bring("growth")
    first = second.with_name(second.name.replace("beta", "alpha"))
    first.write_text(second.read_text().replace("beta", "alpha"))
    team.declare("growth", tweets(), drafts(), *(table(name, id=peewee.AutoField()) for name in ("alpha", "beta")))
    team.refuses("check", says=f"{first.stem} is pending, and {second.stem} has been applied", code=exits.FOUND)
    code, out = team.run("up", "growth", "--yes")
    assert (code, f"growth/{first.stem}" in out) == (0, True)
    team.is_whole()
    assert f"note: growth: {first.stem} was applied after {second.stem}" in team.run("check")[1]


def a_file_that_was_edited(team):
    path = streams.directory("growth") / "002_likes_not_below_zero.py"
    before = path.read_text()
    path.write_text(before.replace('"""', '"""Why: ', 1))
    for words in (("status",), ("check",)):
        team.refuses(*words, says="002_likes_not_below_zero was edited after it was applied", code=exits.FOUND)
    for words in (("plan",), ("up",)):
        team.refuses(*words, says="002_likes_not_below_zero was edited after it was applied")
    mark = ("history", "mark", "growth", path.stem, "edited", "--reason", "only words", "--yes")
    assert team.run(*mark)[0] == 0
    team.is_whole()


def a_file_that_was_renamed(team):
    """It would run a second time."""
    path = streams.directory("growth") / "003_drafts.py"
    renamed = path.rename(path.with_name("009_drafts.py"))
    team.refuses("up", says="003_drafts was applied, and its file is now called 009_drafts")
    renamed.rename(path)
    team.is_whole()


def a_file_that_does_not_count(team):
    path = streams.directory("growth") / "10_late.py"
    path.write_text("")
    for words in (("lint",), ("status",), ("check",)):
        team.refuses(*words, says="the file 10_late.py is never run", code=exits.FOUND)
    path.unlink()


def back_to_the_summer(team):
    """Several steps at once, and up again."""
    team.refuses("plan", says="nothing to do", code=exits.OK)
    code, out = team.run("down", "growth", "--to", "003_drafts", "--yes")
    assert code == 0, out
    assert streams.applied(team.db, "growth")[-1] == "003_drafts"
    team.bring("growth")
    assert team.sql("SELECT text FROM drafts") == [("soon",)]


CHAPTERS = (
    a_failure_half_way,
    a_query_within_migrate,
    branches_that_met,
    a_file_that_was_edited,
    a_file_that_was_renamed,
    a_file_that_does_not_count,
    back_to_the_summer,
)
