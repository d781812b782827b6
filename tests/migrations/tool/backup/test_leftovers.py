"""What killed processes leave is removed by the next run that makes a backup there; what is at work is left alone."""

import gzip
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from migrations.tool.backup import leftovers, make
from shared_schema.database import LibsqlDatabase

ROOT = Path(__file__).parents[4]
WORK = """
import os, signal, sys
from pathlib import Path
from migrations.tool.backup import make, restore
from shared_schema.database import LibsqlDatabase
from shared_schema.database.settings import Settings

url, token, path, moment, end = sys.argv[1:]

def progress(what, done, of):
    if what == moment:
        if end == "wait":
            print("at work", flush=True)
            sys.stdin.read()
        else:
            os.kill(os.getpid(), signal.SIGKILL)

db = LibsqlDatabase(Settings(url, token or None))
if moment == "restore anew":
    moment = "restore"
    restore.restore(db, Path(path), progress=progress)
else:
    make.proven(db, Path(path), "here", progress)
db.close()
"""
# The moments at which a backup is written, its scratch database is filled, and both are compared.
MOMENTS = {"backup": {"one.sql.gz.partial"}, "restore": {"one.sql.gz.partial", "prove", "prove.lock"}}
MOMENTS["comparing"] = MOMENTS["restore"]


@pytest.fixture
def at_work(settings):
    """`at_work(path, moment, "kill")`: a process that makes a backup and is killed, or waits, at that moment."""
    running = []

    def start(path, moment, end):
        command = [sys.executable, "-c", WORK, settings.url, settings.token or "", str(path), moment, end]
        env = os.environ | {"PYTHONPATH": str(ROOT), "RUST_LOG": "off"}
        process = subprocess.Popen(command, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        running.append(process)
        if end == "kill":
            assert process.wait(300) == -signal.SIGKILL
        else:
            assert process.stdout.readline() == b"at work\n"
        return process

    yield start
    for process in running:
        process.kill()
        process.communicate()


def left(directory):
    """The names in a directory, without what is random in them."""
    names = (path.name for path in directory.iterdir())
    return {"prove" + Path(name).suffix if name.startswith("prove-") else name for name in names}


@pytest.mark.only("file", "server")
@pytest.mark.parametrize("moment", MOMENTS)
def test_the_next_backup_removes_what_a_kill_has_left(database, path, at_work, moment):
    at_work(path, moment, "kill")
    assert left(path.parent) == MOMENTS[moment]
    make.proven(database, path.with_name("two.sql.gz"), "here")
    assert left(path.parent) == {"two.sql.gz"}


@pytest.mark.only("file", "server")
@pytest.mark.parametrize("moment", MOMENTS)
def test_what_another_process_works_on_is_left_alone(database, path, at_work, moment):
    other = at_work(path, moment, "wait")
    make.proven(database, path.with_name("two.sql.gz"), "here")
    assert left(path.parent) == {"two.sql.gz", *MOMENTS[moment]}
    other.communicate(b"go on", timeout=300)
    assert other.returncode == 0
    assert left(path.parent) == {"one.sql.gz", "two.sql.gz"}
    assert make.prove(path).tables["users"].rows == 4


@pytest.mark.only("file")
def test_two_processes_do_not_write_the_same_backup(database, path, at_work):
    other = at_work(path, "backup", "wait")
    with pytest.raises(leftovers.AtWork) as raised:
        make.proven(database, path, "here")
    assert (str(raised.value), raised.value.exit_code) == (
        f"another process is at work on {path}.partial: wait until it has ended",
        3,
    )
    other.communicate(b"go on", timeout=300)
    assert left(path.parent) == {"one.sql.gz"}


@pytest.mark.only("file")
def test_verify_of_a_live_process_keeps_its_scratch_database(database, path):
    make.write(database, path, "here")
    with leftovers.scratch(path.parent) as scratch:
        (scratch / "scratch.db").write_text("mine")
        make.proven(database, path.with_name("two.sql.gz"), "here")
        assert (scratch / "scratch.db").read_text() == "mine"
    assert left(path.parent) == {"one.sql.gz", "two.sql.gz"}


@pytest.mark.only("file")
def test_what_others_have_put_there_stays(database, path):
    """Only names of the tool's own count, and a link is not followed."""
    path.parent.mkdir()
    (path.parent / "prove-mine").mkdir()  # from an earlier version, which has made no lock
    (path.parent / "old.sql.gz.partial").write_text("dead")
    stay = {"notes.partial", "proven.txt", "one.sql.gz", "link.sql.gz.partial"}
    for name in stay - {"link.sql.gz.partial"}:
        (path.parent / name).write_text("mine")
    (path.parent / "link.sql.gz.partial").symlink_to(path.parent / "one.sql.gz")
    make.proven(database, path.with_name("two.sql.gz"), "here")
    assert left(path.parent) == {*stay, "two.sql.gz"}
    assert path.read_text() == "mine"


@pytest.mark.only("file")
def test_a_backup_gets_its_name_only_when_it_is_proven(database, path):
    seen = {}

    def look(what, done, of):
        seen[what] = left(path.parent)

    make.proven(database, path, "here", look)
    assert seen == MOMENTS
    assert left(path.parent) == {"one.sql.gz"}
    assert gzip.decompress(path.read_bytes()).startswith(b"-- PingToPass backup\n")


@pytest.mark.only("file")
def test_what_is_left_of_a_database_made_anew_is_removed(database, path, at_work, settings):
    """Killed while it built the file that was to take a damaged one's place."""
    make.write(database, path, "here")
    database.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    whole = Path(settings.path).read_bytes()
    Path(settings.path).write_bytes(b"U" * 4096 + whole[4096:])
    at_work(path, "restore anew", "kill")
    beside = Path(settings.path).parent
    assert {"pingtopass.db.restored", "pingtopass.db.restored.lock"} <= left(beside)
    Path(settings.path).write_bytes(whole)
    again = LibsqlDatabase(settings)
    make.proven(again, path.with_name("two.sql.gz"), "here")
    assert [name for name in left(beside) if "restored" in name] == []
    again.close()
