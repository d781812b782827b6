"""Start a service under gunicorn, and beside it the replicator, if this host keeps a replica."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from shared_schema import startup
from shared_schema.database import private
from shared_schema.web import listening
from shared_schema.web.config import Config

_LOOK_S = 0.5
_REPLICATOR = [sys.executable, "-m", "shared_schema.replicate"]
_SETTINGS = Path(__file__).with_name("gunicorn_settings.py")


def run(config: Config) -> None:
    """Serve `<service>_service.app:create_app()`; does not return. Raises ConfigurationError before anything starts.

    gunicorn takes the place of this process. With a replica to keep, this process stays and runs gunicorn and the
    replicator as its children.
    """
    os.umask(private.UMASK)
    listening.check(config)
    startup.check_database(config.database)
    command = [sys.executable, "-m", "gunicorn", "--config", str(_SETTINGS)]
    command += ["--bind", listening.address(config), f"{config.service}_service.app:create_app()"]
    if config.database.replica is None:
        os.execv(command[0], command)  # noqa: S606 - our own command, no shell wanted
    sys.exit(_beside_replicator(command))


def _beside_replicator(command: list[str]) -> int:
    """Run both until the server ends; its exit code. The server gets our signals; a dead replicator is replaced."""
    server = subprocess.Popen(command)  # noqa: S603 - gunicorn by our own words, without a shell
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda received, _: server.send_signal(received))
    replicator: subprocess.Popen[bytes] | None = None
    while server.poll() is None:
        if replicator is None or replicator.poll() is not None:
            replicator = subprocess.Popen(_REPLICATOR)  # noqa: S603 - our own module by this Python, without a shell
        time.sleep(_LOOK_S)
    if replicator is not None:
        replicator.terminate()
    return server.returncode
