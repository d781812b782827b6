"""The services and the floor beside them, as they are deployed: two workers under gunicorn, a log, a state."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from shared_schema.database.settings import Settings
from shared_schema.web import gunicorn_settings
from tests.benchmarks.hot.floor import FOLDER
from tests.faults.hosts import Service, children, wait_until
from tests.servers import HOST, ROOT, free_port

WORKERS = 2
# As deployed, but for connections that are not closed while others are measured. A worker is never replaced.
_GUNICORN = {"WEB_THREADS": "8", "GUNICORN_CMD_ARGS": "--keep-alive=300 --max-requests=0"}
_SCHEDULED = 2  # of Linux: the clock of a process that has the nanoseconds which it was on a CPU


class Workers:
    """The workers that listen on a port."""

    def __init__(self, port: int, master: int, number: int) -> None:
        self.port = port
        self.pids = _workers(master, number)

    def cpu_s(self) -> float:
        """Seconds of CPU of all of them together."""
        return sum(map(cpu_s, self.pids))


def cpu_s(pid: int) -> float:
    """Seconds of CPU that a process has had, its threads and the kernel's work for it included; to a microsecond."""
    return time.clock_gettime(~pid << 3 | _SCHEDULED)


def _workers(master: int, number: int) -> list[int]:
    """The processes of gunicorn's workers. Beside a replica the master is a child of the process that was started."""
    pids: list[int] = []

    def there() -> bool:
        below = [pid for parent in (master, *children(master)) for pid in children(parent) if _is_gunicorn(pid)]
        pids[:] = [pid for pid in below if not children(pid)]
        return len(pids) == number

    wait_until(there)
    return pids


def _is_gunicorn(pid: int) -> bool:
    with suppress(OSError):  # it has just ended
        return b"gunicorn" in Path(f"/proc/{pid}/cmdline").read_bytes()
    return False


@contextmanager
def service(name: str, settings: Settings, directory: Path, workers: int = WORKERS) -> Iterator[Workers]:
    """One of our services, with its state in a directory."""
    state = directory / name
    state.mkdir(exist_ok=True)
    variables = {"PINGTOPASS_VAR": str(state), "WEB_WORKERS": str(workers), **_GUNICORN}
    if settings.replica:
        variables |= {"TURSO_REPLICA_PATH": settings.replica, "TURSO_SYNC_SECONDS": "0.2"}
        variables["TURSO_MAX_STALENESS_SECONDS"] = f"{settings.max_staleness_s:.0f}"
    with Service(settings.url, settings.token or "", state / "log", name=name, **variables) as running:
        wait_until(lambda: running.answers("/readyz"))
        yield Workers(running.port, running.pid, workers)


@contextmanager
def floor(answers: Path) -> Iterator[Workers]:
    """The bare app, which answers with the files of this folder."""
    port = free_port()
    settings = str(gunicorn_settings.__file__)
    command = [sys.executable, "-m", "gunicorn", "--config", settings, "--bind", f"{HOST}:{port}"]
    environment = os.environ | {FOLDER: str(answers), "WEB_WORKERS": str(WORKERS), **_GUNICORN}
    process = subprocess.Popen(
        [*command, "tests.benchmarks.hot.floor:create_app()"], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL
    )
    try:
        yield Workers(port, process.pid, WORKERS)
    finally:
        process.terminate()
        process.wait(30)
