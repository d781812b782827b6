"""gunicorn's settings for both services. An operator changes them by variables: WEB_WORKERS, WEB_THREADS, and
GUNICORN_CMD_ARGS for everything else.
"""

import os
from typing import Any

workers = int(os.environ.get("WEB_WORKERS", "2"))
threads = int(os.environ.get("WEB_THREADS", "8"))
worker_class = "gthread"
preload_app = False  # a libSQL connection must not cross the fork
timeout = 30
graceful_timeout = 10
keepalive = 5
control_socket_disable = True  # its default path is the same for both services
errorlog = "-"
loglevel = "warning"


# gunicorn reads this file anew at each reload. It imports no module of ours, because gunicorn's master process would
# keep that module over a reload and hand it to the workers of the next release. The threads come with the app.
def post_worker_init(worker: Any) -> None:
    worker.wsgi.extensions["heartbeat"].start()
    worker.wsgi.extensions["revocations"].start()


def worker_exit(server: Any, worker: Any) -> None:
    if worker.booted:
        worker.wsgi.extensions["revocations"].stop()
        worker.wsgi.extensions["heartbeat"].stop()
