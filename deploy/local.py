"""`make run`: both services on one machine, with a database, a secret, demo content and tokens made at first start."""

import os
import re
import secrets
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import replace
from pathlib import Path
from types import FrameType

import growth_service.config
import growth_service.demo
import study_service.config
import study_service.demo
from migrations.tool import exits
from migrations.tool.apply import upgrade
from shared_schema import environment
from shared_schema.database import Database
from shared_schema.database.settings import Settings
from shared_schema.tables import db
from shared_schema.web import tokens
from shared_schema.web.config import Config

TOKEN_DAYS = 30
START_S = 30
STOP_S = 15


def main() -> int:
    """Start both services, print their addresses and tokens, and stop them on Ctrl-C or SIGTERM."""
    stop = _Stop()
    var = environment.var()
    var.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("CORS_ORIGINS", "http://localhost:*,http://127.0.0.1:*")
    os.environ.setdefault("TOKEN_KEYS", f"development:{_secret(var / 'development.secret')}")
    services = [study_service.config.from_env(), growth_service.config.from_env()]
    try:
        minted = _prepare(services[0], var / "backups")
    except exits.Stopped as stopped:
        print(exits.text(stopped), file=sys.stderr, flush=True)
        return stopped.exit_code
    _write_private(var / "demo.env", "".join(f"{name}={token}\n" for name, token in minted.items()))
    children = [_start(config) for config in services]
    try:
        if not _ready(services, children, stop):
            return 0 if stop.asked else 1
        _print(services, minted, var)
        while not stop.asked and all(child.poll() is None for child in children):
            stop.wait(0.5)
        return 0 if stop.asked else 1
    finally:
        _stop(children)


class _Stop:
    """Whether this process shall stop: a signal has come, or its parent has ended."""

    def __init__(self) -> None:
        self._signalled = False
        self._parent = os.getppid()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._note)

    def _note(self, _: int, __: FrameType | None) -> None:
        self._signalled = True

    @property
    def asked(self) -> bool:
        return self._signalled or os.getppid() != self._parent or _make_was_interrupted(self._parent)

    def wait(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while not self.asked and time.monotonic() < end:
            time.sleep(0.05)


def _make_was_interrupted(parent: int) -> bool:
    """Whether make, as our parent, got a SIGINT of its own. It passes on SIGTERM, but of a SIGINT it believes that the
    terminal has sent it to everybody, and waits, with the signal blocked, for children that know of nothing.
    """
    try:
        if Path(f"/proc/{parent}/comm").read_text().strip() not in ("make", "gmake"):
            return False
        blocked = re.search(r"^SigBlk:\s*([0-9a-f]+)$", Path(f"/proc/{parent}/status").read_text(), re.MULTILINE)
    except OSError:  # no /proc on this system, or no parent any more
        return False
    return blocked is not None and bool(int(blocked[1], 16) & 1 << (signal.SIGINT - 1))


def _secret(path: Path) -> str:
    """This machine's development secret, made once."""
    if not path.exists():
        _write_private(path, secrets.token_hex(32))
    return path.read_text().strip()


def _write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read. After a crash it is the old file or the new one."""
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    fresh.replace(path)


def _prepare(config: Config, backups: Path) -> dict[str, str]:
    """Migrate, load the demo content, mint the tokens. All connections are closed again before anything starts."""
    _migrate(config.database, backups)
    database = Database(config.database)
    db.initialize(database)  # type: ignore[attr-defined]  # the proxy's method is not in the stubs
    study_service.demo.load()
    growth_service.demo.load()
    people = study_service.demo.people()
    database.close()
    admin, learner = str(people["admin"]), str(people["user"])
    who = {
        "STUDY_ADMIN_TOKEN": ("study", admin, "admin"),
        "STUDY_LEARNER_TOKEN": ("study", learner, "user"),
        "GROWTH_ADMIN_TOKEN": ("growth", admin, "admin"),
        "GROWTH_BOT_TOKEN": ("growth", "growth-bot", "service"),
    }
    return {name: tokens.mint(config.token_keys, *claims, ttl_s=TOKEN_DAYS * 86400) for name, claims in who.items()}


def _migrate(settings: Settings, backups: Path) -> None:
    """What `python -m migrations up` does, and what it prints of migrations that must wait."""
    # Without the clock that batches on a server move on: an empty server has no such table yet.
    database = Database(replace(settings, replica=None, clock=False))
    for reason in upgrade.up(database, backups=backups).waiting:
        print(reason, file=sys.stderr, flush=True)
    database.close()


def _start(config: Config) -> "subprocess.Popen[bytes]":
    """One service, in a session of its own, so that Ctrl-C reaches only us and we stop it in order."""
    return subprocess.Popen([sys.executable, "-m", f"{config.service}_service"], start_new_session=True)


def _ready(services: list[Config], children: "list[subprocess.Popen[bytes]]", stop: _Stop) -> bool:
    """Whether every service answered that it is ready before one died or the time ran out."""
    waiting = [f"http://127.0.0.1:{config.port}/readyz" for config in services]
    deadline = time.monotonic() + START_S
    while waiting and not stop.asked and time.monotonic() < deadline:
        if any(child.poll() is not None for child in children):
            break
        waiting = [url for url in waiting if not _answers(url)]
        stop.wait(0.1 if waiting else 0)
    if waiting and not stop.asked:
        print(f"not ready: {', '.join(waiting)}", file=sys.stderr, flush=True)
    return not waiting


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as response:  # noqa: S310 - our own address
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _print(services: list[Config], minted: dict[str, str], var: Path) -> None:
    for config in services:
        url = f"http://127.0.0.1:{config.port}"
        print(f"{config.service:<7} {url}   docs {url}/docs/")
    for name, token in minted.items():
        print(f"{name}={token}")
    print(f"tokens are in {var / 'demo.env'}; Ctrl-C stops both services", flush=True)


def _stop(children: "list[subprocess.Popen[bytes]]") -> None:
    for child in children:
        child.terminate()
    deadline = time.monotonic() + STOP_S
    for child in children:
        try:
            child.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main())
