"""A libSQL server, and a host on which both services run beside one replica of it, on a small disk."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from migrations.tool.apply import upgrade
from shared_schema.database import LibsqlDatabase
from shared_schema.database.settings import Settings
from tests.benchmarks import exam_bank
from tests.faults import conftest
from tests.faults.hosts import Copy, Service
from tests.faults.processes import beside_replica
from tests.soak import disks
from tests.soak.services.people import LEARNERS, People

_DISK_MB = 192
_VARIABLES = {"TURSO_SYNC_SECONDS": "0.2", "TURSO_WATCHDOG_SECONDS": "30"}


class Sqld(conftest.Sqld):
    """Keeps a short log, which a replica that is pulled anew has to go through. Of 180 MB that takes up to 17 s."""

    def _options(self) -> list[str]:
        return [*super()._options(), "--max-log-size", "20"]


class Stage:
    """The primary is away for `down_s` or `frozen_s` where an event has it away for long."""

    def __init__(self, directory: Path, *, down_s: float, frozen_s: float) -> None:
        self.down_s, self.frozen_s = down_s, frozen_s
        self.server = Sqld(directory / "primary")
        self.machine = Copy(directory / "disk" / "replica.db")
        self.small_disk = False
        self._directory = directory

    @contextmanager
    def running(self) -> Iterator[People]:
        """The server runs in this block, and the services until `people` are to leave."""
        with self.server:
            database = self.database()
            upgrade.up(database)
            bank = exam_bank.seed(database, LEARNERS)
            database.close()
            self.services = [self._service("study"), self._service("growth")]
            yield People(*self.services, bank)

    @contextmanager
    def serving(self) -> Iterator[None]:
        with ExitStack() as stack:
            self.small_disk = stack.enter_context(disks.small(self._directory / "disk", _DISK_MB))
            for service in self.services:
                stack.enter_context(service)
            yield

    def database(self) -> LibsqlDatabase:
        """The primary itself."""
        return LibsqlDatabase(Settings(self.server.url, self.server.token))

    def is_well(self) -> bool:
        """Both services are ready, and no process is missing or too many."""
        return all(service.answers("/readyz") for service in self.services) and self._is_whole()

    def _is_whole(self) -> bool:
        families = [beside_replica(service.pid) for service in self.services]
        counts = [[len(family[kind]) for kind in ("gunicorn", "worker", "replicator")] for family in families]
        return counts == [[1, 2, 1]] * 2 and sum(len(family["puller"]) for family in families) == 1

    def _service(self, name: str) -> Service:
        place = {"TURSO_REPLICA_PATH": self.machine.replica, "PINGTOPASS_VAR": str(self._directory)}
        log = self._directory / f"{name}.log"
        return Service(self.server.url, self.server.token, log, name=name, **_VARIABLES, **place)
