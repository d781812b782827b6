"""gunicorn's settings for both services, and how its master replaces workers. An operator changes the settings by
variables: WEB_WORKERS, WEB_THREADS, and GUNICORN_CMD_ARGS for everything else.
"""

import fcntl
import gc
import importlib
import mmap
import os
import shutil
import signal
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from gunicorn.arbiter import Arbiter
from gunicorn.errors import HaltServer
from gunicorn.workers.gthread import ThreadWorker

_FIGURES = "pingtopass-metrics-"
_NEW_S = 60.0
_WORKERS = 256  # that have a place in the memory of their connections


# gunicorn reads this file anew at each reload. It imports no module of ours, because gunicorn's master process would
# keep that module over a reload and hand it to the workers of the next release. The threads come with the app.
class Worker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """What the master makes and forks. In its own process it becomes the worker that the present code has."""

    connections = mmap.mmap(-1, 2 * _WORKERS)  # shared by the workers that are forked from this reading of the file

    def init_process(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT):  # until now they are noted, as for a master
            signal.signal(number, signal.SIG_DFL)
        self.shares = importlib.import_module("shared_schema.web.server.shares").Shares(self.connections, self.age)
        self.__class__ = importlib.import_module("shared_schema.web.server.worker").Worker
        self.init_process()


class Master(Arbiter):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn's master, which ends workers only when those that take their place have told that they serve.

    gunicorn's own ends them first, and nobody answers while the new ones import the app. Here a reload whose new
    workers cannot start leaves the old ones at work. The master also ends if the process that has started it is gone.
    """

    WORKERS: dict[int, Any]
    before: dict[int, Any] = {}  # by process id, the workers that were there at the last reload

    def reload(self) -> None:
        """Start new workers; `manage_workers` ends those of before. gunicorn would wait for their end here."""
        self.before, self.WORKERS = self.WORKERS, {}
        try:
            super().reload()
        finally:
            self.WORKERS = self.before | self.WORKERS

    def manage_workers(self) -> None:
        """Start workers that are missing. End those that are too many, the oldest first, when all others serve."""
        if os.environ.get("PINGTOPASS_PARENT", str(os.getppid())) != str(os.getppid()):
            raise StopIteration  # as for SIGTERM
        staying = sorted((worker for worker in self.WORKERS.values() if not _leaves(worker)), key=_age)
        for _ in range(self.num_workers - len(staying)):
            self.spawn_worker()
        too_many = max(0, len(staying) - self.num_workers)
        if all(map(_serves, staying[too_many:])):
            _let_leave(staying[:too_many])
        for worker in filter(_leaves, list(self.WORKERS.values())):
            self.kill_worker(worker.pid, signal.SIGTERM)  # again and again: one that was just forked may not hear it

    def reap_workers(self) -> None:
        try:
            super().reap_workers()
        except HaltServer as failure:
            old = [worker for pid, worker in self.WORKERS.items() if pid in self.before and not _leaves(worker)]
            if not old:
                raise
            self.log.error("the new workers cannot start, and those of before go on. %s", failure.reason)
            self.num_workers = len(old)
            _let_leave([worker for worker in self.WORKERS.values() if worker not in old])
            self.reap_workers()

    def handle_usr2(self) -> None:
        """gunicorn would start a second master, which nobody watches or stops."""
        self.log.warning("USR2 is ignored. HUP takes the new code")


def _age(worker: Any) -> int:
    return int(worker.age)


def _serves(worker: Any) -> bool:
    """Whether it has told that it is alive, as it does from the moment on when it accepts connections."""
    return bool(worker.tmp.last_update() != getattr(worker, "made", None))


def _leaves(worker: Any) -> bool:
    """Whether it was told to end. A worker that an earlier release has forked has no such mark."""
    return getattr(worker, "leaves", False)


def _let_leave(workers: list[Any]) -> None:
    for worker in workers:
        worker.leaves = True


workers = int(os.environ.get("WEB_WORKERS", "2"))
threads = int(os.environ.get("WEB_THREADS", "8"))
worker_class = Worker
worker_connections = 2000
preload_app = False  # a libSQL connection must not cross the fork
timeout = 30
graceful_timeout = 10
keepalive = 5
http_parser = "python"
control_socket_disable = True  # its default path is the same for both services
errorlog = "-"
loglevel = "warning"
# No header of a request decides where it came from or where it goes: see shared_schema.web.proxies.
forwarded_allow_ips = ""
forwarder_headers = ""
secure_scheme_headers: dict[str, str] = {}


def on_starting(server: Any) -> None:
    """The figures of all workers, also of those after a reload, are in one folder, which is empty at the start."""
    server.__class__ = Master
    _sweep(Path(tempfile.gettempdir()))
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder = tempfile.mkdtemp(prefix=_FIGURES)
    server.figures = os.open(folder, os.O_RDONLY)
    fcntl.flock(server.figures, fcntl.LOCK_EX)  # the workers have it, too, until the last of them ends


def _sweep(place: Path) -> None:
    """Remove the folders of figures that a killed master has left, when its workers have ended as well."""
    for folder in place.glob(f"{_FIGURES}*"):
        with suppress(OSError):
            if folder.stat().st_uid != os.geteuid() or time.time() - folder.stat().st_mtime < _NEW_S:
                continue
            lock = os.open(folder, os.O_RDONLY | os.O_NOFOLLOW | os.O_DIRECTORY)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder)
            finally:
                os.close(lock)


def on_reload(server: Any) -> None:
    server.__class__ = Master  # of the present code


def on_exit(server: Any) -> None:
    shutil.rmtree(os.environ["PROMETHEUS_MULTIPROC_DIR"], ignore_errors=True)


def pre_fork(server: Any, worker: Any) -> None:
    worker.made = worker.tmp.last_update()


def child_exit(server: Any, worker: Any) -> None:
    place = 2 * (worker.age % _WORKERS)
    worker.connections[place : place + 2] = bytes(2)


# What a worker imports stays to its end. The garbage collector would go through it again and again, a tenth of a second
# each time, while the worker starts and while it serves.
def post_fork(server: Any, worker: Any) -> None:
    gc.disable()
    for other in server.before.values():
        other.tmp.close()


def post_worker_init(worker: Any) -> None:
    gc.freeze()
    gc.enable()
    worker.wsgi.extensions["heartbeat"].start()
    worker.wsgi.extensions["revocations"].start()


def worker_exit(server: Any, worker: Any) -> None:
    if worker.booted:
        worker.wsgi.extensions["revocations"].stop()
        worker.wsgi.extensions["heartbeat"].stop()
