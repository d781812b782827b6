"""Start a service under gunicorn, and beside it the replicator, if this host keeps a replica."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from shared_schema import processes, startup
from shared_schema.database import private
from shared_schema.web import listening
from shared_schema.web.config import Config

_LOOK_S = 0.5
_REPLICATOR = [sys.executable, "-m", "shared_schema.replicate"]
_SETTINGS = Path(__file__).with_name("gunicorn_settings.py")
_PASSED_ON = ("SIGTERM", "SIGINT", "SIGQUIT", "SIGHUP", "SIGUSR1", "SIGUSR2", "SIGTTIN", "SIGTTOU")


def run(config: Config) -> None:
    """Serve `<service>_service.app:create_app()`; does not return. Raises ConfigurationError before anything starts.

    gunicorn takes the place of this process. With a replica to keep, this process stays and runs gunicorn and the
    replicator as its children. The port is ours from here on: gunicorn gets it open, so nobody can come in between.
    """
    listening.check(config)
    startup.check_database(config.database)
    command, listener = server(config)
    if config.database.replica is not None:
        sys.exit(_beside_replicator(command, listener))
    if listener:
        listener.set_inheritable(True)
    os.execv(command[0], command)  # noqa: S606 - our own command, no shell wanted


def server(config: Config) -> tuple[list[str], socket.socket | None]:
    """The command of gunicorn for a service whose configuration was checked, and the port, which it must inherit."""
    os.umask(private.UMASK)
    listener = listening.listen(config)
    place = f"fd://{listener.fileno()}" if listener else listening.address(config)
    command = [sys.executable, "-m", "gunicorn", "--config", str(_SETTINGS), "--bind", place]
    return [*command, f"{config.service}_service.app:create_app()"], listener


def _beside_replicator(command: list[str], listener: socket.socket | None) -> int:
    """Run both until the server ends; its exit code. The server gets our signals; a dead replicator is replaced."""
    server = processes.start(command, files=[listener.fileno()] if listener else [])
    for name in _PASSED_ON:
        signal.signal(getattr(signal, name), lambda received, _: server.send_signal(received))
    if listener:
        listener.close()  # or the port would stay taken when the server has given it back
    replicator: subprocess.Popen[bytes] | None = None
    while server.poll() is None:
        if processes.parent_is_gone():
            server.terminate()
        elif replicator is None or replicator.poll() is not None:
            replicator = processes.start(_REPLICATOR)
        time.sleep(_LOOK_S)
    if replicator is not None:
        replicator.terminate()
        replicator.wait()
    return server.returncode
