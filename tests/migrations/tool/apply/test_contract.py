"""Expand, deploy, contract: what takes away waits until nobody is left who reads it."""

import pytest

from migrations.tool.apply import failure, preflight, state, upgrade, watch
from shared_schema.releases import deployments, streams
from shared_schema.releases.deployments import Process

pytestmark = pytest.mark.only("file", "server")

ONE = 'migrator.sql("CREATE TABLE scroll (id INTEGER PRIMARY KEY, body TEXT, title TEXT) STRICT")'
EXPAND = 'migrator.sql("ALTER TABLE scroll ADD COLUMN words TEXT")'
BORN = 'migrator.sql("ALTER TABLE scroll ADD COLUMN born INTEGER")'
NOT_BORN = 'migrator.sql("ALTER TABLE scroll DROP COLUMN born")'
CONTRACT = 'migrator.sql("ALTER TABLE scroll DROP COLUMN title")'
BACK = """
    migrator.sql(
        "CREATE TABLE new_scroll (id INTEGER PRIMARY KEY, body TEXT, title TEXT, words TEXT) STRICT"
    )
    migrator.sql("INSERT INTO new_scroll (id, body, words) SELECT id, body, words FROM scroll")
    migrator.sql("DROP TABLE scroll")
    migrator.sql("ALTER TABLE new_scroll RENAME TO scroll")
"""


def stated(path, **names):
    path.write_text("".join(f"{name} = {value!r}\n" for name, value in names.items()) + path.read_text())


@pytest.fixture
def release(database, story):
    """A scroll table, then an expand and a contract step in the tree; the first two have been applied."""
    story(ONE, 'migrator.sql("DROP TABLE scroll")')
    story(EXPAND, 'migrator.sql("ALTER TABLE scroll DROP COLUMN words")')
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
    assert [done.migration for done in upgrade.up(release).done] == ["story/003_chapter"]
    assert "title" not in state.read(release).objects["scroll"]


def test_contract_runs_when_the_old_code_has_fallen_silent(release):
    serving(release, *OLD)
    release.execute_sql("UPDATE deployments SET seen_at = seen_at - 91")
    assert len(upgrade.up(release).done) == 1


def test_expand_steps_run_beside_old_code(release, story):
    serving(release, "001_chapter")
    (streams.directory("story") / "003_chapter.py").unlink()
    story(
        'migrator.sql("ALTER TABLE scroll ADD COLUMN born INTEGER")',
        'migrator.sql("ALTER TABLE scroll DROP COLUMN born")',
    )
    assert [done.migration for done in upgrade.up(release).done] == ["story/003_chapter"]


def test_what_comes_after_a_waiting_contract_waits_too(release, story):
    story(
        'migrator.sql("ALTER TABLE scroll ADD COLUMN born INTEGER")',
        'migrator.sql("ALTER TABLE scroll DROP COLUMN born")',
    )
    serving(release, *OLD)
    report = upgrade.up(release)
    assert (report.done, len(report.waiting)) == ([], 2)
    assert report.waiting[1] == "story/004_chapter waits for what comes before it"


def test_what_needs_a_stream_with_a_waiting_contract_waits_too(release, monkeypatch):
    """The table of the stream `later` may refer to what the waiting step, or one behind it, changes."""
    (streams.directory("story").parent / "later").mkdir()
    first = streams.directory("story").parent / "later" / "001_first.py"
    first.write_text((streams.directory("story") / "001_chapter.py").read_text().replace("scroll", "memo"))
    monkeypatch.setattr(streams, "NEEDS", {"story": (), "later": ("story",)})
    serving(release, *OLD)
    report = upgrade.up(release, "later")
    assert (report.done, report.waiting[1:]) == ([], ["later/001_first waits for what comes before it"])
    release.execute_sql("DELETE FROM deployments")
    assert [done.migration for done in upgrade.up(release, "later").done] == ["story/003_chapter", "later/001_first"]


def test_a_stream_that_needs_nothing_of_it_does_not_wait(release, monkeypatch):
    (streams.directory("story").parent / "other").mkdir()
    first = streams.directory("story").parent / "other" / "001_first.py"
    first.write_text((streams.directory("story") / "001_chapter.py").read_text().replace("scroll", "memo"))
    monkeypatch.setattr(streams, "NEEDS", {"story": (), "other": ()})
    serving(release, *OLD)
    report = upgrade.up(release)
    assert [done.migration for done in report.done] == ["other/001_first"]
    assert streams.pending(release, ["story"]) == {"story": ["003_chapter"]}


def test_old_code_that_starts_at_the_last_moment_is_seen_inside_the_transaction(release, tmp_path):
    """After the first look, while the backup is written, an old version comes up."""

    def late(*_):
        serving(release, *OLD, instance="late:1") if not release.in_transaction() else None

    before = state.read(release)
    with pytest.raises(failure.Failed, match=r"study 1\.0 on host a.*knows story up to 002_chapter"):
        upgrade.up(release, backups=tmp_path, progress=late)
    assert state.read(release).objects == before.objects
    assert streams.pending(release, ["story"]) == {"story": ["003_chapter"]}


@pytest.mark.parametrize("back", [False, True])
def test_code_that_fell_silent_while_the_work_went_on_counts_as_alive(back, release, tmp_path, monkeypatch):
    """It starts after the first look and is then silent for 91 s; the work began 30 s ago, and then it was alive."""
    if back:
        (streams.directory("story") / "003_chapter.py").unlink()
    real = deployments.now
    monkeypatch.setattr(deployments, "now", lambda db: real(db) - 30)

    def late(*_):
        if not release.in_transaction():
            serving(release, *OLD, instance="late:1")
            release.execute_sql("UPDATE deployments SET seen_at = seen_at - 91")

    with pytest.raises(failure.Failed, match=r"study 1\.0 on host a"):
        if back:
            upgrade.down(release, "story", backups=tmp_path, progress=late)
        else:
            upgrade.up(release, backups=tmp_path, progress=late)


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
    assert "words" in state.read(release).objects["scroll"]


def test_way_back_waits_for_code_that_relies_on_the_step(release):
    (streams.directory("story") / "003_chapter.py").unlink()
    serving(release, *OLD)
    with pytest.raises(watch.InUse, match=r"study 1\.0 on host a"):
        upgrade.down(release, "story")
    assert "words" in state.read(release).objects["scroll"]
    release.execute_sql("DELETE FROM deployments")
    upgrade.down(release, "story")
    assert "words" not in state.read(release).objects["scroll"]
