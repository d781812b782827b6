"""gunicorn for both services. No preload: a libSQL connection must not cross the fork."""

import os

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
