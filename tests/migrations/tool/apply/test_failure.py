"""After a failure everything is as it was before, and the message tells it to the operator."""

from dataclasses import replace
from urllib.parse import urlsplit

import pytest

from migrations.tool import lease
from migrations.tool.apply import failure, preflight, run, state, upgrade
from migrations.tool.backup import make
from shared_schema.database import LibsqlDatabase
from shared_schema.database.settings import Limits
from shared_schema.releases import streams
from tests import servers
from tests.migrations.tool.apply.family import FAMILY, NO_REBUILD, REBUILD, people, same

pytestmark = pytest.mark.only("file", "server")


WRONG = {
    "an error of Python": (
        "if not fake and database.execute_sql('SELECT count(*) FROM child').fetchone()[0] == 3:\n        1 / 0",
        "division by zero",
    ),
    "a constraint": (
        "migrator.run(lambda: database.execute_sql('SELECT 1') and"
        " database.execute_sql(\"INSERT INTO parent SELECT id, 'again' FROM child WHERE id = 2\"))",
        r"UNIQUE constraint failed: parent\.id\n2 rows of \"child\" share id: ids 2, 2 \(2\)",
    ),
    "rows that would refer to nothing": (
        "migrator.run(lambda: database.execute_sql('DELETE FROM ' + 'parent WHERE id = 1'))",
        r'2 rows of "child" would refer by "parent_id" to rows of "parent" that are not there: ids 1, 2 \(1\)',
    ),
    "rows lost without a word": (
        "migrator.run(lambda: database.execute_sql('DELETE FROM ' + 'child WHERE id > 0'))",
        r"rows would be lost: child 3 → 0",
    ),
    "another result than at the rehearsal": (
        "migrator.run(lambda: database.execute_sql('SELECT count(*) FROM child').fetchone()[0] == 3 and"
        " database.execute_sql('CREATE TABLE only_here (n INTEGER) STRICT'))",
        "not what the rehearsal led to: only_here",
    ),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_failure_is_rolled_back_and_looked_at(wrong, family, story, backups, monkeypatch):
    """The rehearsal is blind here, as to what only the real rows show."""
    code, message = WRONG[wrong]
    if "another" not in wrong:
        monkeypatch.setattr(preflight.lint, "errors", lambda _: [])
    before = state.read(family)
    story(f'migrator.sql("CREATE TABLE extra (n INTEGER) STRICT")\n    {code}', 'migrator.sql("DROP TABLE extra")')
    with pytest.raises(failure.Failed, match=message) as raised:
        upgrade.up(family, backups=backups)
    assert "It was rolled back: schema and histories are as before, every table has the rows it had." in str(
        raised.value
    )
    assert same(family, before)
    assert people(family) == FAMILY
    assert lease.holder(family) is None
    assert family.execute_sql("PRAGMA foreign_keys").fetchone() == (1,)
    assert len(list(backups.iterdir())) == 1


@pytest.mark.parametrize(
    "ending", [["COMMIT"], ["COMMIT", "BEGIN"], ["end transaction", "begin immediate"], ["ROLLBACK", "BEGIN"]]
)
def test_migration_that_ends_the_transaction_itself_is_refused(ending, family, story):
    """Ended and begun anew nothing would fail, and what comes before it could not be undone."""
    calls = "".join(f'\n    migrator.sql("{sql}")' for sql in ending)
    path = story(f'migrator.sql("CREATE TABLE more (n INTEGER) STRICT"){calls}', 'migrator.sql("DROP TABLE more")')
    path.write_text("ALLOW = {'refused': 'no'}\n" + path.read_text())
    with pytest.raises(preflight.Refused, match="begins or ends a transaction itself"):
        upgrade.up(family)
    assert "more" not in state.read(family).objects


def test_who_loses_the_lease_commits_nothing(family, story, backups, settings, monkeypatch):
    other = LibsqlDatabase(settings)
    real = make.proven

    def slow(*arguments):
        other.execute_sql("UPDATE migration_lease SET token = 'other', holder = 'elsewhere/1'")
        return real(*arguments)

    monkeypatch.setattr(make, "proven", slow)
    story(REBUILD, NO_REBUILD)
    before = state.read(family)
    with pytest.raises(failure.Failed, match="another operator has taken over"):
        upgrade.up(family, backups=backups)
    assert same(family, before)
    other.execute_sql("DELETE FROM migration_lease")
    other.close()


@pytest.mark.only("server")
@pytest.mark.parametrize("back", [False, True])
def test_commit_whose_answer_is_lost_counts_as_done(back, family, story, settings):
    """The lease's renewal is the last step; the request after its savepoint is the COMMIT, cut when it is sent."""
    story(REBUILD, NO_REBUILD)
    if back:
        upgrade.up(family)
    with servers.Proxy(urlsplit(settings.url).port) as proxy:
        through = LibsqlDatabase(replace(settings, url=proxy.url, limits=Limits(1, 2, 3)))

        statements = []

        def note(event):
            statements.append(event.sql)
            if event.sql.startswith("RELEASE") and statements[-2].startswith("UPDATE migration_lease"):
                proxy.cut_after_request()

        through.query_hooks.append(note)
        report = upgrade.down(through, "story") if back else upgrade.up(through)
        through.close()
    assert [done.migration for done in report.done] == ["story/002_chapter"]
    assert streams.applied(family, "story") == ["001_chapter"] + ["002_chapter"] * (not back)
    assert people(family) == FAMILY


@pytest.mark.only("server")
def test_server_that_goes_away_in_the_middle_is_an_operators_case_and_the_next_up_does_it(family, story, settings):
    story(REBUILD, NO_REBUILD)
    with servers.Proxy(urlsplit(settings.url).port) as proxy:
        through = LibsqlDatabase(replace(settings, url=proxy.url, limits=Limits(0.5, 1, 2)))
        through.query_hooks.append(lambda event: proxy.refuse() if "INSERT INTO new_parent" in event.sql else None)
        with pytest.raises(failure.Unclear, match="cannot be asked what became of it"):
            upgrade.up(through)
        through.close()
    family.execute_sql("UPDATE migration_lease SET expires_at = 0")
    assert [done.migration for done in upgrade.up(family).done] == ["story/002_chapter"]
    assert people(family) == FAMILY


@pytest.fixture
def router(monkeypatch):
    """`router(own)`: `up` and `down` run each migration by `own(router, name, …)`; the rehearsal does not."""

    def replace_by(own):
        kind = type("Router", (run.StreamRouter,), {"run_one": own})
        monkeypatch.setattr(run, "StreamRouter", kind)

    return replace_by


@pytest.mark.parametrize(
    "change", ["CREATE TABLE elsewhere (n INTEGER)", "INSERT INTO migrations_story (name) VALUES ('x')"]
)
def test_database_that_is_another_after_a_failure_is_an_operators_case(change, family, story, router):
    """What the failed migration should have left as it was, somebody else has changed meanwhile."""

    def changed(self, name, migrator, *, fake=True, **_):
        if fake:
            return
        family.execute_sql(change)
        raise RuntimeError("lost on the way")

    router(changed)
    story(REBUILD, NO_REBUILD)
    with pytest.raises(failure.Unclear, match="lost on the way\nSchema or histories are not what they were"):
        upgrade.up(family)


def test_rows_that_others_write_meanwhile_are_named_and_no_failure_of_ours(family, story, router):
    def written(self, name, migrator, *, fake=True, **_):
        if fake:
            return
        family.execute_sql("INSERT INTO child VALUES (4, 2)")
        raise RuntimeError("lost on the way")

    router(written)
    story(REBUILD, NO_REBUILD)
    with pytest.raises(failure.Failed, match="as before, others have written meanwhile: child"):
        upgrade.up(family)


@pytest.mark.parametrize("back", [False, True])
def test_error_after_the_commit_is_no_failure(back, family, story, router):
    story(REBUILD, NO_REBUILD)
    if back:
        upgrade.up(family)
    real = run.StreamRouter.run_one

    def lost(self, name, migrator, *, fake=True, **options):
        real(self, name, migrator, fake=fake, **options)
        if not fake:
            raise RuntimeError("lost on the way")

    router(lost)
    report = upgrade.down(family, "story") if back else upgrade.up(family)
    assert [done.migration for done in report.done] == ["story/002_chapter"]
    assert streams.applied(family, "story") == ["001_chapter"] + ["002_chapter"] * (not back)
