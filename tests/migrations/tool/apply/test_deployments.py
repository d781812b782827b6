"""Who serves, by the database's clock, and whom a migration would hurt: on a file, on a server, beside a replica."""

import contextvars
import os
import time
from dataclasses import asdict, replace

import marshmallow
import peewee
import pytest

from shared_schema.database import LibsqlDatabase, Statement
from shared_schema.database.replica.notes import Note, write_note
from shared_schema.database.settings import Limits, Settings
from shared_schema.releases import deployments, streams
from shared_schema.releases.deployments import Deployment, Process
from shared_schema.releases.files import Migration
from tests import stages
from tests.servers import free_port

OLD = {"shared": {"001_users": "expand"}, "study": {"001_exams": "expand", "002_hints": "expand"}}
NEW = {"shared": {"001_users": "expand"}, "study": {**OLD["study"], "003_no_tips": "contract"}}
CONTRACT = Migration("study", "003_no_tips", "No tips.", "contract", "", goes_back=True)
EXPAND = Migration("study", "004_more", "More.", "expand", "", goes_back=True)


def process(name="a:1:x", *, knows=OLD, version="0.1.0", service="study", host="a", silence_s=90):
    return Process(name, service, host, version, knows, silence_s)


def age(database, seconds, instance="a:1:x"):
    """As if that process had been silent for so long."""
    database.batch([Statement("UPDATE deployments SET seen_at = seen_at - ? WHERE instance = ?", (seconds, instance))])


def names(processes):
    return [live.instance for live in processes]


def test_a_process_that_beats_is_live_until_it_says_goodbye(database):
    assert deployments.live(database) == []
    deployments.beat(database, process())
    (beating,) = deployments.live(database)
    assert (beating.service, beating.host, beating.version, beating.knows, beating.silence_s) == (
        "study",
        "a",
        "0.1.0",
        OLD,
        90,
    )
    assert beating.seen_s_ago <= 2
    deployments.beat(database, process("a:2:y"))
    deployments.end(database, process())
    assert names(deployments.live(database)) == ["a:2:y"]


def test_the_next_beat_moves_the_moment_it_was_seen_and_keeps_the_row(database):
    deployments.beat(database, process())
    age(database, 50)
    (before,) = deployments.live(database)
    deployments.beat(database, process())
    (after,) = deployments.live(database)
    assert 50 <= after.seen_at - before.seen_at <= 52
    assert after.started_at == before.started_at


@pytest.mark.parametrize(("silent", "lives"), [(88, True), (91, False)])
def test_three_beats_of_silence_are_the_end(database, silent, lives):
    deployments.beat(database, process())
    age(database, silent)
    assert bool(deployments.live(database)) is lives
    deployments.beat(database, process())
    assert deployments.live(database)


def test_whoever_lived_when_a_long_transaction_began_counts_as_live_in_it(database):
    """Nobody can beat while it lasts: all rows grow old together."""
    deployments.beat(database, process())
    began = deployments.now(database)
    age(database, 300)
    assert deployments.live(database) == []
    assert names(deployments.live(database, since=began - 300)) == ["a:1:x"]
    assert names(deployments.in_the_way(database, CONTRACT, since=began - 300)) == ["a:1:x"]
    assert names(deployments.needing(database, written("002_hints"), since=began - 300)) == ["a:1:x"]
    assert deployments.live(database, since=began - 150) == []


def test_the_first_to_beat_after_it_does_not_forget_the_others(database):
    deployments.beat(database, process())
    age(database, 300)
    deployments.beat(database, process("b:1:x"))
    assert names(deployments.live(database, since=deployments.now(database) - 300)) == ["a:1:x", "b:1:x"]


def test_a_process_counts_as_live_to_the_last_second_of_its_silence(database):
    deployments.beat(database, process(silence_s=90))
    (beating,) = deployments.live(database)
    assert names(deployments.live(database, since=beating.seen_at + 90)) == ["a:1:x"]
    assert names(deployments.live(database, since=beating.seen_at + 91)) == []


def test_processes_come_by_service_version_host_and_instance(database):
    for name, service, version, host in (
        ("6", "study", "0.2.0", "a"), ("5", "study", "0.1.0", "b"), ("4", "study", "0.1.0", "a"),
        ("3", "study", "0.1.0", "a"), ("2", "growth", "0.9.0", "z"),
    ):  # fmt: skip
        deployments.beat(database, process(name, service=service, version=version, host=host))
    assert names(deployments.live(database)) == ["2", "3", "4", "5", "6"]


def test_a_clock_that_was_put_back_gives_no_negative_age(database):
    deployments.beat(database, process())
    age(database, -500)
    assert [live.seen_s_ago for live in deployments.live(database)] == [0]


def test_a_row_is_kept_for_an_hour_after_its_process_counts_as_dead(database):
    for name, silence in (("kept", 90 + 3600 - 60), ("forgotten", 90 + 3600 + 60)):
        deployments.beat(database, process(name))
        age(database, silence, name)
    deployments.beat(database, process("now"))
    rows = database.execute_sql("SELECT instance FROM deployments ORDER BY instance").fetchall()
    assert rows == [("kept",), ("now",)]


def test_the_long_dead_are_forgotten(database):
    deployments.beat(database, process())
    age(database, 4000)
    deployments.beat(database, process("b:1:x"))
    assert names(deployments.live(database, since=0)) == ["b:1:x"]


def test_old_code_is_in_the_way_of_a_contract_step_and_new_code_is_not(database):
    deployments.beat(database, process("old"))
    deployments.beat(database, process("new", knows=NEW))
    assert names(deployments.in_the_way(database, CONTRACT)) == ["old"]
    deployments.end(database, process("old"))
    assert deployments.in_the_way(database, CONTRACT) == []


def test_nobody_is_in_the_way_of_an_expand_step(database):
    deployments.beat(database, process("old"))
    assert deployments.in_the_way(database, EXPAND) == []


def test_code_that_does_not_read_a_stream_is_not_in_its_way(database):
    deployments.beat(database, process("study"))
    of_growth = Migration("growth", "002_no_handles", "", "contract", "", goes_back=True)
    assert deployments.in_the_way(database, of_growth) == []
    deployments.beat(database, process("growth", service="growth", knows=OLD | {"growth": {}}))
    assert names(deployments.in_the_way(database, of_growth)) == ["growth"]


def written(name, phase="expand"):
    return Migration("study", name, "", phase, "", goes_back=True)


def test_a_step_back_is_in_the_way_of_the_code_that_needs_what_it_brought(database):
    deployments.beat(database, process("old"))
    deployments.beat(database, process("new", knows={**NEW, "study": {**NEW["study"], "004_more": "expand"}}))
    assert names(deployments.needing(database, EXPAND)) == ["new"]
    assert names(deployments.needing(database, written("002_hints"))) == ["new", "old"]
    assert deployments.needing(database, CONTRACT) == []  # what it took away comes back, and nobody minds


def test_it_can_be_asked_inside_the_transaction_that_is_to_do_it(database):
    """Where nobody new can come between the answer and the step."""
    deployments.beat(database, process())
    with database.atomic("IMMEDIATE") as transaction:
        assert names(deployments.in_the_way(database, CONTRACT)) == ["a:1:x"]
        database.execute_sql("DROP TABLE deployments")
        assert deployments.in_the_way(database, CONTRACT) == []
        transaction.rollback()
    assert names(deployments.in_the_way(database, CONTRACT)) == ["a:1:x"]


@pytest.mark.only("server")
def test_the_primary_is_asked_not_the_replica(database, migrated, tmp_path):
    """One that is fresh by its note, and has not seen the beat."""
    replica = stages.copied(migrated, tmp_path / "replica.db").path
    write_note(replica, Note(time.time(), f"{os.stat(replica).st_ino}-1", 0))
    beside = LibsqlDatabase(replace(database.settings, replica=replica))
    deployments.beat(database, process())
    read = contextvars.Context().run  # another reader: ours would be sent to the primary for what it has written
    assert read(beside.fetch, [Statement("SELECT * FROM deployments")])[0].rows == []
    assert names(read(deployments.live, beside)) == ["a:1:x"]
    beside.close()


def test_nobody_is_live_before_there_is_a_table(tmp_path):
    empty = LibsqlDatabase(f"file:{tmp_path}/empty.db")
    assert deployments.live(empty) == deployments.in_the_way(empty, CONTRACT) == []
    empty.close()


def test_a_database_that_does_not_answer_is_no_proof_that_nobody_lives():
    away = LibsqlDatabase(Settings(f"http://127.0.0.1:{free_port()}", limits=Limits(0.1, 0.1, 0.2)))
    with pytest.raises(peewee.OperationalError):
        deployments.in_the_way(away, CONTRACT)
    away.close()


@pytest.mark.only("file")
def test_what_a_process_knows_has_its_shape(database):
    with pytest.raises(marshmallow.ValidationError):
        deployments.beat(database, process(knows={"study": ["001_exams"]}))


def test_a_person_is_told_who_it_is():
    def seen(seconds, **those):
        return Deployment(**asdict(process(**those)), started_at=0, seen_at=0, seen_s_ago=seconds)

    processes = [seen(20), seen(12), seen(1, host="b", version="0.2.0", knows=NEW), seen(0, knows={"shared": {}})]
    assert deployments.sentences(processes, "study") == [
        "study 0.1.0 on host a (2 processes), seen 12 s ago, knows study up to 002_hints",
        "study 0.2.0 on host b, seen 1 s ago, knows study up to 003_no_tips",
        "study 0.1.0 on host a, seen 0 s ago, knows nothing of study",
    ]


def test_what_the_code_knows_is_what_is_there_as_files(tmp_path, monkeypatch):
    monkeypatch.setattr(streams, "directory", lambda stream: tmp_path / stream)
    (tmp_path / "story").mkdir()
    (tmp_path / "story" / "002_contract.py").write_text('PHASE = "contract"\n')
    (tmp_path / "story" / "001_expand.py").write_text("")
    assert streams.known(["story"]) == {"story": {"001_expand": "expand", "002_contract": "contract"}}
