"""Start a service under gunicorn, in place of the calling process."""

import os
import sys
from pathlib import Path

from shared_schema.web.config import Config

_SETTINGS = Path(__file__).parents[2] / "deploy" / "gunicorn.conf.py"


def run(config: Config) -> None:
    """Replace this process by gunicorn serving `<service>_service.app:create_app()`."""
    command = [sys.executable, "-m", "gunicorn", "--config", str(_SETTINGS)]
    command += ["--bind", f"{config.host}:{config.port}", f"{config.service}_service.app:create_app()"]
    os.execv(command[0], command)  # noqa: S606 - our own command, no shell wanted
