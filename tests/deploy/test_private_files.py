"""Whatever the umask, files that we make are for their owner alone; those of an operator keep their mode."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from migrations.tool.apply import upgrade
from shared_schema.database import LibsqlDatabase, private
from shared_schema.database.settings import Settings
from tests import servers, stages
from tests.deploy.conftest import Run
from tests.faults.hosts import Host, Service, children, wait_until
from tests.servers import ROOT, Sqld

Start = Callable[[], Run]


@pytest.fixture(params=[0, 0o022], ids=["umask 0", "umask 022"])
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    """Of this process, and so of all that it starts."""
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def mode(path: Path) -> int | None:
    """The mode of a file or directory; None if it is not there. The WAL comes and goes with the connections."""
    with suppress(FileNotFoundError):
        return path.stat().st_mode & 0o777
    return None


def open_to_others(root: Path) -> dict[str, str]:
    """The files and directories below that others may read or enter, with their modes."""
    modes = {str(path): mode(path) for path in [root, *root.rglob("*")]}
    return {path: oct(bits) for path, bits in modes.items() if bits is not None and bits & 0o077}


def test_the_state_of_make_run(start: Start, umask: int) -> None:
    run = start().wait_until_ready()
    var = Path(run.env["PINGTOPASS_VAR"])
    beside = {"pingtopass.db-wal", "pingtopass.db-shm"}  # there while somebody has the database open
    assert {path.name for path in var.iterdir()} - beside == {
        "pingtopass.db",
        "development.secret",
        "demo.env",
    }
    assert open_to_others(var) == {}


def test_a_state_that_an_earlier_release_left_open_is_closed(start: Start, migrated: Path) -> None:
    run = start()
    run.stop()
    var = Path(run.env["PINGTOPASS_VAR"])
    var.mkdir(exist_ok=True)
    stages.copied(migrated, var / "pingtopass.db")
    (var / "development.secret").write_text("an-old-secret-of-more-than-32-bytes\n")
    (var / "demo.env").write_text("OLD=1\n")
    var.chmod(0o755)
    for path in var.iterdir():
        path.chmod(0o644)
    start().wait_until_ready()
    assert open_to_others(var) == {}
    assert (var / "development.secret").read_text() == "an-old-secret-of-more-than-32-bytes\n"


def test_a_database_that_the_tool_makes_and_its_backups(tmp_path: Path, umask: int) -> None:
    state = tmp_path / "made" / "state"
    known = {name: value for name, value in os.environ.items() if not name.startswith("TURSO_")}
    env = known | {"PINGTOPASS_VAR": str(state), "PYTHONPATH": str(ROOT)}
    for words in (["up"], ["backup"], ["backup", str(state / "other" / "one.sql.gz")]):
        command = [sys.executable, "-m", "migrations", *words]
        subprocess.run(command, env=env, cwd=tmp_path, check=True, capture_output=True, timeout=120)
    names = sorted(path.name.split("-")[0] for path in state.rglob("*") if path.is_file())
    assert names == ["one.sql.gz", "pingtopass", "pingtopass.db"]
    assert open_to_others(tmp_path / "made") == {}


def test_a_replica_and_what_lies_beside_it(tmp_path: Path, umask: int) -> None:
    servers.needed()
    with Sqld(tmp_path / "server") as server:
        database = LibsqlDatabase(Settings(server.url, server.token))
        upgrade.up(database)
        database.close()
        with Host(tmp_path / "made" / "replica.db", server.url, server.token, {}) as host:
            assert host.note() is not None
            names = {path.name for path in (tmp_path / "made").iterdir()}
            assert {"replica.db", "replica.db-wal", "replica.db.note", "replica.db.lock"} <= names
            assert open_to_others(tmp_path / "made") == {}


def test_what_libraries_make_in_a_service_is_its_owners_alone(migrated: Path, tmp_path: Path, umask: int) -> None:
    """As the files of the metrics: by the umask of the server and of its workers."""
    settings = stages.copied(migrated, tmp_path / "x.db")
    with Service(settings.url, "", tmp_path / "log") as service:
        for pid in (service.pid, *children(service.pid)):
            assert "Umask:\t0077\n" in Path(f"/proc/{pid}/status").read_text()


def test_a_group_that_was_given_the_database_keeps_it(migrated: Path, tmp_path: Path, umask: int) -> None:
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared").chmod(0o750)
    settings = stages.copied(migrated, tmp_path / "shared" / "x.db")
    (tmp_path / "shared" / "x.db").chmod(0o640)
    seen: dict[str, set[int | None]] = {part: set() for part in ("", "-wal", "-shm")}

    def as_given() -> bool:
        for part, modes in seen.items():
            modes.add(mode(tmp_path / "shared" / f"x.db{part}"))
        return all(0o640 in modes for modes in seen.values())

    with Service(settings.url, "", tmp_path / "log", DEPLOYMENT_BEAT_SECONDS="0.3"):
        wait_until(as_given)
    # The engine makes a file for its owner alone, by our umask, and then gives it the mode of the database.
    assert set.union(*seen.values()) <= {0o640, 0o600, None}
    assert mode(tmp_path / "shared") == 0o750


def test_a_file_is_not_opened_when_it_is_there(tmp_path: Path) -> None:
    """Closing a descriptor of a database file would give up the locks that the engine holds on it."""
    private.empty_file(tmp_path / "x")
    (tmp_path / "x").write_text("kept")
    (tmp_path / "x").chmod(0o644)
    opened = os.open(tmp_path / "x", os.O_RDONLY)
    os.close(opened)
    private.empty_file(tmp_path / "x")
    assert (tmp_path / "x").read_text() == "kept"
    assert (tmp_path / "x").stat().st_mode & 0o777 == 0o644
    assert [path.name for path in tmp_path.iterdir()] == ["x"]
