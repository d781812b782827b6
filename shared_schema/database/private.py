"""Files and directories that only their owner may read or enter, whatever the umask of the process is.

What an operator has made beforehand keeps its mode: a group may have been given it on purpose.
"""

import os
import secrets
from contextlib import suppress
from pathlib import Path

FILE, DIRECTORY = 0o600, 0o700
UMASK = 0o077  # for processes whose files are made by code that is not ours


def directory(path: Path) -> None:
    """Make a directory, and those above it that are missing."""
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    for folder in reversed(missing):
        folder.mkdir(mode=DIRECTORY, exist_ok=True)
    path.mkdir(exist_ok=True)  # raises FileExistsError where the path is a file


def empty_file(path: Path) -> None:
    """Make an empty file if there is none; a file that is there is not opened.

    SQLite loses its locks on a file as soon as any descriptor of it is closed in the same process. So the file is made
    under another name, closed, and then gets its own name.
    """
    if path.exists():
        return
    fresh = path.with_name(f"{path.name}.{secrets.token_hex(4)}.new")
    os.close(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE))
    try:
        with suppress(FileExistsError):  # another process was quicker
            os.link(fresh, path)
    finally:
        fresh.unlink()


def write(path: Path, text: str) -> None:
    """Write a file. After a crash it is the old file or the new one."""
    fresh = path.with_name(f"{path.name}.{secrets.token_hex(4)}.new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE), "w") as file:
        file.write(text)
    fresh.replace(path)
