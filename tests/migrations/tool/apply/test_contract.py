"""Expand, deploy, contract: what takes away waits until nobody is left who reads it."""

import pytest

from migrations.tool.apply import failure, preflight, state, upgrade, watch
from shared_schema.releases import deployments, streams
from shared_schema.releases.deployments import Process

pytestmark = pytest.mark.only("file", "server")

ONE = 'migrator.sql("CREATE TABLE note (id INTEGER PRIMARY KEY, body TEXT, title TEXT) STRICT")'
EXPAND = 'migrator.sql("ALTER TABLE note ADD COLUMN words TEXT")'
BORN = 'migrator.sql("ALTER TABLE note ADD COLUMN born INTEGER")'
NOT_BORN = 'migrator.sql("ALTER TABLE note DROP COLUMN born")'
CONTRACT = 'migrator.sql("ALTER TABLE note DROP COLUMN title")'
BACK = """
    migrator.sql(
        "CREATE TABLE new_note (id INTEGER PRIMARY KEY, body TEXT, title TEXT, words TEXT) STRICT"
    )
    migrator.sql("INSERT INTO new_note (id, body, words) SELECT id, body, words FROM note")
    migrator.sql("DROP TABLE note")
    migrator.sql("ALTER TABLE new_note RENAME TO note")
"""


def stated(path, **names):
    path.write_text("".join(f"{name} = {value!r}\n" for name, value in names.items()) + path.read_text())


@pytest.fixture
def release(database, story):
    """A note table, then an expand and a contract step in the tree; the first two have been applied."""
    story(ONE, 'migrator.sql("DROP TABLE note")')
    story(EXPAND, 'migrator.sql("ALTER TABLE note DROP COLUMN words")')
    upgrade.up(database)
    stated(story(CONTRACT, BACK), PHASE="contract", ALLOW={"data-loss": "titles are in words now"})
    return database


def serving(db, *names, instance="a:1"):
    """A process that serves with code which has these migrations as files."""
    knows = {"story": dict.fromkeys(names, "expand")}
    deployments.beat(db, Process(instance, "study", "a", "1.0", knows, 90))
    return instance


OLD = ("001_chapter", "002_chapter")


def test_contract_waits_for_a_live_deployment_and_says_for_whom(release, tmp_path):
    serving(release, *OLD)
    report = upgrade.up(release, backups=tmp_path)
    assert report.done == []
    (waits,) = report.waiting
    assert waits.startswith("story/003_chapter waits: study 1.0 on host a, seen ")
    assert waits.endswith("knows story up to 002_chapter")
    assert streams.pending(release, ["story"]) == {"story": ["003_chapter"]}


def test_contract_runs_when_only_code_is_up_that_knows_it(release):
    serving(release, *OLD, "003_chapter")
    assert [each.migration for each in upgrade.up(release).done] == ["story/003_chapter"]
    assert "title" not in state.read(release).objects["note"]


def test_contract_runs_when_the_old_code_has_fallen_silent(release):
    serving(release, *OLD)
    release.execute_sql("UPDATE deployments SET seen_at = seen_at - 91")
    assert len(upgrade.up(release).done) == 1


def test_expand_steps_run_beside_old_code(release, story):
    serving(release, "001_chapter")
    (streams.directory("story") / "003_chapter.py").unlink()
    story(
        'migrator.sql("ALTER TABLE note ADD COLUMN born INTEGER")', 'migrator.sql("ALTER TABLE note DROP COLUMN born")'
    )
    assert [each.migration for each in upgrade.up(release).done] == ["story/003_chapter"]


def test_what_comes_after_a_waiting_contract_waits_too(release, story):
    story(
        'migrator.sql("ALTER TABLE note ADD COLUMN born INTEGER")', 'migrator.sql("ALTER TABLE note DROP COLUMN born")'
    )
    serving(release, *OLD)
    report = upgrade.up(release)
    assert (report.done, len(report.waiting)) == ([], 2)
    assert report.waiting[1] == "story/004_chapter waits for what comes before it"


def test_old_code_that_starts_at_the_last_moment_is_seen_inside_the_transaction(release, tmp_path):
    """After the first look, while the backup is written, an old version comes up."""

    def late(*_):
        serving(release, *OLD, instance="late:1") if not release.in_transaction() else None

    before = state.read(release)
    with pytest.raises(failure.Failed, match=r"study 1\.0 on host a.*knows story up to 002_chapter"):
        upgrade.up(release, backups=tmp_path, progress=late)
    assert state.read(release).objects == before.objects
    assert streams.pending(release, ["story"]) == {"story": ["003_chapter"]}


def test_expand_that_takes_away_is_refused_and_told_how_to_split(release):
    path = streams.directory("story") / "003_chapter.py"
    path.write_text(path.read_text().replace("PHASE = 'contract'\n", ""))
    with pytest.raises(preflight.Refused, match="contract"):
        upgrade.up(release)


def test_code_that_starts_during_a_way_back_stops_it(release, tmp_path):
    (streams.directory("story") / "003_chapter.py").unlink()

    def late(*_):
        serving(release, *OLD, instance="late:1") if not release.in_transaction() else None

    with pytest.raises(failure.Failed, match=r"study 1\.0 on host a"):
        upgrade.down(release, "story", backups=tmp_path, progress=late)
    assert "words" in state.read(release).objects["note"]


def test_way_back_waits_for_code_that_relies_on_the_step(release):
    (streams.directory("story") / "003_chapter.py").unlink()
    serving(release, *OLD)
    with pytest.raises(watch.InUse, match=r"study 1\.0 on host a"):
        upgrade.down(release, "story")
    assert "words" in state.read(release).objects["note"]
    release.execute_sql("DELETE FROM deployments")
    upgrade.down(release, "story")
    assert "words" not in state.read(release).objects["note"]
