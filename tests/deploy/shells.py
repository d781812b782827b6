"""A fresh shell: no variable but a PATH that has the system's programs, python3 and make."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from tests.servers import ROOT


def environment(**variables: str) -> dict[str, str]:
    """What `env -i` leaves, and these variables."""
    programs = (str(shutil.which(name)) for name in ("make", "curl"))
    path = ["/usr/bin", "/bin", f"{sys.base_prefix}/bin", *map(os.path.dirname, programs)]
    return {"PATH": ":".join(dict.fromkeys(path)), **variables}


def run(script: str, env: dict[str, str], where: Path = ROOT) -> "subprocess.CompletedProcess[str]":
    """Run a block of a page, stopping at its first failure. What it has left in the background ends with it."""
    command = ["bash", "-eu", "-o", "pipefail", "-c", script]
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        shell = subprocess.Popen(command, env=env, cwd=where, stdout=out, stderr=err, start_new_session=True)
        try:
            code = shell.wait(240)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(shell.pid, signal.SIGKILL)
        texts = [file.read() for file in (out, err) if not file.seek(0)]
    return subprocess.CompletedProcess(command, code, *texts)


def copied(place: Path) -> Path:
    """The packages in a directory of the test's own, with the virtual environment, so that a page can write there."""
    for package in ("study_service", "growth_service", "shared_schema", "migrations", "deploy"):
        shutil.copytree(ROOT / package, place / package, ignore=shutil.ignore_patterns("__pycache__"))
    (place / ".venv").symlink_to(sys.prefix)
    return place
