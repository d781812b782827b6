"""`make run` keeps its state in one directory: the database, this machine's secret, the tokens of the demo people.

Only its owner may enter it.
"""

import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path

from shared_schema import environment
from shared_schema.database import private
from shared_schema.environment import ConfigurationError

DATABASE, SECRET, TOKENS = "pingtopass.db", "development.secret", "demo.env"
_FILES = (DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm", SECRET, TOKENS)


def secret(var: Path) -> str:
    """This machine's development secret; a new one, which is not kept yet, where there is none."""
    path = var / SECRET
    try:
        return path.read_text().strip() if path.exists() else secrets.token_hex(32)
    except OSError as error:
        raise ConfigurationError(f"PINGTOPASS_VAR: {path} cannot be read: {error.strerror}") from None


def keep(var: Path, chosen: str | None) -> None:
    """Make the directory, or close it to others where an earlier release has left it open, and keep the secret in it.

    Raises ConfigurationError if that cannot be done.
    """
    try:
        private.directory(var)
        if _is_ours(var):
            _close_to_others(var)
        if chosen is not None and not (var / SECRET).exists():
            private.write(var / SECRET, f"{chosen}\n")
    except OSError as error:
        raise ConfigurationError(f"PINGTOPASS_VAR: {var} cannot be used: {error.strerror}") from None


def _is_ours(var: Path) -> bool:
    """Not a directory that an operator has named and that is more than ours, as /tmp or a home is."""
    known = stat.S_IMODE(var.stat().st_mode)
    default = var.absolute() == (Path.cwd() / "var")
    return var.stat().st_uid == os.geteuid() and not known & stat.S_ISVTX and (default or (var / SECRET).exists())


def _close_to_others(var: Path) -> None:
    var.chmod(private.DIRECTORY)
    for name in _FILES:
        with suppress(FileNotFoundError):
            (var / name).chmod(private.FILE)


def is_own(path: str | None) -> bool:
    """Whether a database is the file that `make run` makes itself."""
    return path is not None and Path(path).resolve() == (environment.var() / DATABASE).resolve()


def keep_tokens(var: Path, minted: dict[str, str] | None) -> None:
    """Write the tokens; without any, remove those of an earlier run, which were for another database."""
    if minted is None:
        (var / TOKENS).unlink(missing_ok=True)
    else:
        private.write(var / TOKENS, "".join(f"{name}={token}\n" for name, token in minted.items()))
