"""gunicorn's settings for both services. An operator changes them by variables: WEB_WORKERS, WEB_THREADS, and
GUNICORN_CMD_ARGS for everything else.
"""

import importlib
import os
import shutil
import tempfile
from typing import Any

from gunicorn.workers.gthread import ThreadWorker


# gunicorn reads this file anew at each reload. It imports no module of ours, because gunicorn's master process would
# keep that module over a reload and hand it to the workers of the next release. The threads come with the app.
class Worker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """What the master makes and forks. In its own process it becomes the worker that the present code has."""

    def init_process(self) -> None:
        self.__class__ = importlib.import_module("shared_schema.web.server.worker").Worker
        self.init_process()


workers = int(os.environ.get("WEB_WORKERS", "2"))
threads = int(os.environ.get("WEB_THREADS", "8"))
worker_class = Worker
worker_connections = 1000
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
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(prefix="pingtopass-metrics-")


def on_exit(server: Any) -> None:
    shutil.rmtree(os.environ["PROMETHEUS_MULTIPROC_DIR"], ignore_errors=True)


def post_worker_init(worker: Any) -> None:
    worker.wsgi.extensions["heartbeat"].start()
    worker.wsgi.extensions["revocations"].start()


def worker_exit(server: Any, worker: Any) -> None:
    if worker.booted:
        worker.wsgi.extensions["revocations"].stop()
        worker.wsgi.extensions["heartbeat"].stop()
