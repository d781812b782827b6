"""A small disk for a replica, and one without any room."""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def small(directory: Path, megabytes: int) -> Iterator[bool]:
    """Make a directory and mount a disk of this size on it. Gives False, and an ordinary directory, where this user may
    not mount one.
    """
    directory.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(directory)]
    is_mounted = os.geteuid() == 0 and subprocess.run(mount, check=False).returncode == 0
    try:
        yield is_mounted
    finally:
        if is_mounted:
            subprocess.run(["umount", "-l", str(directory)], check=True)


def fill(directory: Path, seconds: float) -> None:
    """Leave no room for so long."""
    filler = directory / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            time.sleep(seconds)
    filler.unlink()
