"""What is wrong between a history and the files is said with the way to mend it, and what would do harm stops."""

import pytest

from migrations.tool import history
from migrations.tool.history import Fault
from shared_schema.releases import streams
from tests.migrations import unchecked

pytestmark = pytest.mark.only("file", "server")
TABLE = 'migrator.sql("CREATE TABLE {} (n INTEGER)")'


@pytest.fixture
def told(database, story):
    """A stream whose first two migrations have been applied."""
    story(TABLE.format("one"))
    story(TABLE.format("two"))
    unchecked.up(database)
    return story


def file(name):
    return streams.directory("story") / f"{name}.py"


def test_a_history_that_is_as_its_files_are_has_no_faults(told, database):
    assert history.read(database, ["story"]) == []


def test_a_pending_migration_with_a_later_number_is_no_fault(told, database):
    told(TABLE.format("three"))
    assert history.read(database, ["story"]) == []


def test_an_edited_migration_stops(told, database):
    file("001_chapter").write_text(file("001_chapter").read_text() + "# a thought too late\n")
    (fault,) = history.read(database, ["story"])
    assert fault.stops
    assert str(fault) == (
        "story: 001_chapter was edited after it was applied. Put the file back and write a new migration instead; "
        "if the edit changes nothing in the database, say so: `history mark story 001_chapter edited --reason …`"
    )


def test_a_migration_of_before_there_were_checksums_is_not_taken_for_edited(told, database):
    database.execute_sql("UPDATE migrations_story SET checksum = ''")
    assert history.read(database, ["story"]) == []


def test_a_renamed_migration_stops_since_it_would_run_again(told, database):
    file("002_chapter").rename(file("003_two"))
    (fault,) = history.read(database, ["story"])
    assert fault.stops
    assert str(fault) == (
        "story: 002_chapter was applied, and its file is now called 003_two, which would run again. Give the file its "
        "old name, or say that it is the same: `history mark story 003_two renamed --was 002_chapter --reason …`"
    )


def test_a_copy_of_an_applied_migration_under_another_name_is_not_a_renamed_one(told, database):
    file("003_two").write_text(file("002_chapter").read_text())
    assert history.read(database, ["story"]) == []


def test_a_migration_that_is_gone_from_the_middle_is_a_fault_that_does_not_stop(told, database):
    file("001_chapter").unlink()
    (gone,) = history.read(database, ["story"])
    assert gone == Fault(
        "gone", "story", "001_chapter was applied and its file is gone: a new database would not get it"
    )
    assert not gone.is_note


def test_a_migration_of_a_release_that_is_ahead_is_a_note(told, database):
    file("002_chapter").unlink()
    (ahead,) = history.read(database, ["story"])
    assert (ahead.kind, ahead.message, ahead.is_note) == (
        "elsewhere",
        "002_chapter was applied by a release that has more files than this one",
        True,
    )


def test_branches_that_meet_in_another_order_are_a_fault_until_applied_and_then_a_note(told, database):
    file("002_chapter").rename(file("004_two"))
    database.execute_sql("UPDATE migrations_story SET name = '004_two' WHERE name = '002_chapter'")
    file("003_branch").write_text(file("004_two").read_text().replace("two", "branch"))
    (late,) = history.read(database, ["story"])
    assert late == Fault(
        "late",
        "story",
        "003_branch is pending, and 004_two has been applied: it will run after that one. If no other database has had "
        "it, give it a later number",
    )
    assert (late.stops, late.is_note) == (False, False)
    unchecked.up(database)
    assert history.read(database, ["story"]) == [Fault("swapped", "story", "003_branch was applied after 004_two")]
    assert history.read(database, ["story"])[0].is_note


@pytest.mark.parametrize("name", ["3_x.py", "0003_x.py", "003-x.py", "003_x.v2.py", "003_x.sql", "x.py", "003_x.PY"])
def test_a_file_whose_name_does_not_count_is_named(name, told, database):
    (streams.directory("story") / name).write_text("")
    assert streams.names("story") == ["001_chapter", "002_chapter"]
    assert [str(fault) for fault in history.read(database, ["story"])] == [
        f"story: the file {name} is never run: the name of a migration is three digits, an underscore and words "
        "without a dot, as in 004_add_hints.py"
    ]


@pytest.mark.parametrize("name", ["__init__.py", "README.md", ".gitkeep", "003_x.txt"])
def test_a_file_that_is_no_migration_by_any_measure_is_left_alone(name, told, database):
    (streams.directory("story") / name).write_text("")
    assert history.read(database, ["story"]) == []


def test_only_the_streams_that_are_asked_about_are_looked_at(told, database, monkeypatch, tmp_path):
    monkeypatch.setattr(streams, "NEEDS", {"story": (), "other": ()})
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "1_x.py").write_text("")
    assert history.read(database, ["story"]) == []
    assert [fault.stream for fault in history.read(database, ["story", "other"])] == ["other"]
