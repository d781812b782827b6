"""gunicorn for both services. No preload: a libSQL connection must not cross the fork."""

import os
from typing import Any

workers = int(os.environ.get("WEB_WORKERS", "2"))
threads = int(os.environ.get("WEB_THREADS", "8"))
worker_class = "gthread"
preload_app = False
timeout = 30
graceful_timeout = 10
keepalive = 5
control_socket_disable = True  # its default path is the same for both services
errorlog = "-"
loglevel = "warning"


# The heartbeat comes with the app. Nothing of ours is imported here: the master would keep it over a reload, and give
# the workers of the next release modules of this one.
def post_worker_init(worker: Any) -> None:
    worker.wsgi.extensions["heartbeat"].start()


def worker_exit(server: Any, worker: Any) -> None:
    if worker.booted:
        worker.wsgi.extensions["heartbeat"].stop()
