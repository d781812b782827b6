"""A database of one size in one mode: a file, a libSQL server, or a server with a replica; a copy for each mode."""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from shared_schema.database.settings import Settings
from shared_schema.environment import CLOCK
from tests.benchmarks.hot import serving
from tests.faults.hosts import Copy
from tests.servers import Sqld

MODES = ("file", "server", "replica")
STALE_S = 60.0  # on a busy machine; the reads of a replica mode are those of the replica
_PULLED_S = 900.0


@dataclass(frozen=True, slots=True)
class Database:
    """How a database is reached, and the process of its server, if it has one."""

    settings: Settings
    server: int | None = None


@contextmanager
def database(mode: str, ready: Path, directory: Path) -> Iterator[Database]:
    """A database in this mode with the rows of the file `ready`, which stays as it is."""
    if mode == "file":
        shutil.copy(ready, directory / "bench.db")
        yield Database(Settings(f"file:{directory}/bench.db"))
        return
    server = Sqld(directory / "server")
    place = server.directory / "data" / "dbs" / "default"
    place.mkdir(parents=True)
    shutil.copy(ready, place / "data")  # at its start the server writes its log of frames, for replicas, from the file
    replica = str(directory / "replica" / "bench.db") if mode == "replica" else None
    with server:
        settings = Settings(server.url, server.token, replica, max_staleness_s=STALE_S, clock=CLOCK)
        yield Database(settings, server.pid)


@contextmanager
def services(names: set[str], settings: Settings, directory: Path) -> Iterator[dict[str, serving.Workers]]:
    """The services as they are deployed, by name; where there is a replica, it has caught up."""
    with ExitStack() as stack:
        running = {name: stack.enter_context(serving.service(name, settings, directory)) for name in sorted(names)}
        if settings.replica:
            Copy(Path(settings.replica)).caught_up(_PULLED_S)
        yield running
