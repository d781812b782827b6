"""A mistake in the configuration, at every program of ours: one sentence that names the variable, exit code 2."""

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests import servers, stages
from tests.servers import HOST, ROOT, Sqld, free_port

KEYS = "k:a-secret-of-more-than-32-bytes-for-tests"
SHORT = "s3cret-but-short"
PROGRAMS = {
    "study": ["study_service"],
    "growth": ["growth_service"],
    "run": ["deploy.local"],
    "up": ["migrations", "up", "--yes"],
    "status": ["migrations", "status"],
    "study-demo": ["study_service.demo"],
    "growth-demo": ["growth_service.demo"],
    "tokens": ["shared_schema.web.tokens", "--audience", "study", "--subject", "1", "--role", "user"],
    "replicate": ["shared_schema.replicate"],
    "memory": ["study_service.memory", "rebuild"],
    "resembling": ["study_service.resembling"],
    "statistics": ["study_service.statistics", "--all"],
    "study-rebuild": ["study_service.rebuild"],
    "study-personal": ["study_service.personal", "erase", "1", "--yes"],
    "personal": ["shared_schema.personal", "erase", "1", "--yes"],
    "growth-personal": ["growth_service.personal", "export", "1"],
    "growth-rebuild": ["growth_service.rebuild"],
    "reprice": ["growth_service.reprice"],
}
SERVE = "study growth run"
TOOLS = (
    "study-demo growth-demo memory resembling statistics study-rebuild study-personal personal growth-personal"
    " growth-rebuild reprice"
)
USE = f"{SERVE} {TOOLS}"
OPEN = f"{USE} up status"
URL = "TURSO_DATABASE_URL"


@dataclass(frozen=True)
class Mistake:
    """`programs` get `variables` and say `sentence`, a regular expression after the variable's name."""

    name: str
    programs: str
    variable: str
    sentence: str
    variables: dict[str, str] = field(default_factory=dict)


def mistake(name: str, programs: str, variable: str, value: str, sentence: str, **more: str) -> Mistake:
    return Mistake(name, programs, variable, sentence, {variable: value, **more})


REPLICA = {"TURSO_REPLICA_PATH": "{tmp}/r.db", URL: "http://127.0.0.1:9"}
MISTAKES = [
    mistake(
        "foreign URL", f"{OPEN} replicate", URL, "postgres://p:s3cret@h/d", ": a database URL is file:PATH, libsql:"
    ),
    mistake("typo in the scheme", "study", URL, "libsq://h", ": a database URL is file:PATH, libsql:"),
    mistake("no scheme", "run", URL, "pingtopass.db", ": a database URL is file:PATH, libsql:"),
    mistake("a secret in the URL", "study up", URL, "https://u:s3cret@h", ": a database URL holds no secret"),
    mistake("no host", "study up", URL, "libsql://", ": a database URL is file:PATH"),
    mistake("no such port", "study", URL, "http://127.0.0.1:80800", ": the port of a database URL is a number"),
    mistake("two slashes", "run up", URL, "file://var/x.db", ": file://var/x.db names a host; a file is file:PATH"),
    mistake("parameters", "study up", URL, "file:x.db?mode=ro", ": a file: URL takes no parameters"),
    mistake("in memory", "study", URL, "file::memory:", ": a database in memory would be another one for each"),
    mistake("server down", OPEN, URL, "http://127.0.0.1:9", ": http://127.0.0.1:9 cannot be reached"),
    mistake("not there", USE, URL, "file:{tmp}/mistyped/x.db", ": there is no database at {tmp}/mistyped/x.db; "),
    mistake("a directory", OPEN, URL, "file:{tmp}", ": {tmp} is a directory; the database is a file"),
    mistake("below a file", "up", URL, "file:{tmp}/text/x.db", ": {tmp}/text is a file, not a directory"),
    mistake("a text", OPEN, URL, "file:{tmp}/text", ": {tmp}/text is not a database: it does not begin as"),
    mistake(
        "state is a file", f"{OPEN} replicate", "PINGTOPASS_VAR", "{tmp}/text", ": {tmp}/text is a file; it must be"
    ),
    mistake("no tables", f"run {TOOLS}", URL, "file:{tmp}/empty.db", ": the database lacks shared/001_"),
    mistake("no keys", "study growth tokens", "TOKEN_KEYS", "", " must hold at least one kid:secret"),
    mistake("a short key", f"{SERVE} tokens", "TOKEN_KEYS", f"k:{SHORT}", ": every secret needs a key id and 32 bytes"),
    mistake("no key id", "study tokens", "TOKEN_KEYS", KEYS[2:], ": every secret needs a key id"),
    mistake("a key id twice", "run tokens", "TOKEN_KEYS", f"{KEYS},{KEYS}1", ": a key id stands there twice"),
    mistake(
        "a port of words", "study run", "STUDY_PORT", "http", " must be a whole number from 1 to 65535, not 'http'"
    ),
    mistake("port 0", "growth run", "GROWTH_PORT", "0", " must be a whole number from 1 to 65535, not '0'"),
    mistake("one port for both", "run", "STUDY_PORT", "9111", " and GROWTH_PORT are both 9111", GROWTH_PORT="9111"),
    mistake("port taken", "study run", "STUDY_PORT", "{taken}", ": another process listens on 127.0.0.1:{taken}"),
    mistake("no such host", "study run", "STUDY_HOST", "no host", ": 'no host' is no address of a host"),
    mistake(
        "another's address", "growth", "GROWTH_HOST", "203.0.113.1", ": 203.0.113.1 is not an address of this machine"
    ),
    mistake("workers", SERVE, "WEB_WORKERS", "two", " must be a whole number from 1 to 256, not 'two'"),
    mistake("threads", "study", "WEB_THREADS", "0", " must be a whole number from 1 to 1024, not '0'"),
    mistake("an unknown setting", "study run", "GUNICORN_CMD_ARGS", "--nosuch 1", ": unrecognized arguments: --nosuch"),
    mistake("a bad setting", "growth", "GUNICORN_CMD_ARGS", "--timeout soon", ": argument -t/--timeout: invalid"),
    mistake("no worker", "study", "GUNICORN_CMD_ARGS", "--worker-class no.such", ": there is no worker class no.such"),
    mistake("a bad value", "study", "GUNICORN_CMD_ARGS", "--keep-alive=-1", ": Value must be positive"),
    mistake("an open quote", "study", "GUNICORN_CMD_ARGS", "--name 'x", ": No closing quotation"),
    mistake("no setting", "study", "GUNICORN_CMD_ARGS", "app:app", ": 'app:app' is no setting"),
    mistake(
        "time", "study up run", "TURSO_READ_SECONDS", "soon", " must be a number of seconds up to 3600, not 'soon'"
    ),
    mistake("beat", "study run", "DEPLOYMENT_BEAT_SECONDS", "-1", " must be a number of seconds up to 3600, not '-1'"),
    mistake("demo", "run", "PINGTOPASS_DEMO", "yes", " is 1 or not set, not 'yes'", TURSO_DATABASE_URL="file:{good}"),
    mistake(
        "a replica of a file", "study replicate", "TURSO_REPLICA_PATH", "{tmp}/r.db", " needs a server in TURSO_DATA"
    ),
    mistake("no replica", "replicate", "TURSO_REPLICA_PATH", "", " says which file to keep"),
    Mistake(
        "replica is a directory",
        "study replicate",
        "TURSO_REPLICA_PATH",
        ": {tmp} is a directory",
        REPLICA | {"TURSO_REPLICA_PATH": "{tmp}"},
    ),
    Mistake("sync", "study replicate", "TURSO_SYNC_SECONDS", " must be", REPLICA | {"TURSO_SYNC_SECONDS": "0"}),
    Mistake("watchdog", "replicate", "TURSO_WATCHDOG_SECONDS", " must be", REPLICA | {"TURSO_WATCHDOG_SECONDS": "x"}),
]


class Place:
    """A directory of the test's own, with a text and a migrated database in it."""

    def __init__(self, root: Path, migrated: Path, taken: int) -> None:
        self.root = root
        (root / "text").write_text("plainly not a database, nor a directory\n")
        stages.copied(migrated, root / "good.db")
        (root / "empty.db").touch()
        self.names = {"tmp": str(root), "good": str(root / "good.db"), "taken": str(taken)}

    def fill(self, text: str) -> str:
        """The text with the names of this place in it."""
        return re.sub(r"\{(tmp|good|taken)\}", lambda match: self.names[match[1]], text)

    def files(self) -> set[str]:
        return {
            str(path.relative_to(self.root))
            for path in self.root.rglob("*")
            if path.suffix not in (".db-wal", ".db-shm")
        }

    def environment(self, variables: dict[str, str]) -> dict[str, str]:
        known = {name: value for name, value in os.environ.items() if not name.startswith(("TURSO_", "PINGTOPASS_"))}
        usual = {
            "PINGTOPASS_VAR": str(self.root / "var"),
            URL: f"file:{self.root / 'good.db'}",
            "TOKEN_KEYS": KEYS,
            "STUDY_PORT": str(free_port()),
            "GROWTH_PORT": str(free_port()),
            "TURSO_TOTAL_SECONDS": "1",
            "PYTHONPATH": str(ROOT),
            "RUST_LOG": "off",
        }
        if "PINGTOPASS_VAR" in variables:  # what lies there is of interest only without a database elsewhere
            del usual[URL]
        return known | usual | {name: self.fill(value) for name, value in variables.items()}

    def start(self, program: str, variables: dict[str, str], *before: str) -> "subprocess.Popen[str]":
        command = [*before, sys.executable, "-m", *PROGRAMS[program]]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        return subprocess.Popen(command, cwd=self.root, env=self.environment(variables), **pipes)  # type: ignore[call-overload,no-any-return]

    def complains(self, process: "subprocess.Popen[str]", variable: str, sentence: str) -> None:
        """The process ends with the sentence alone, and has written nothing."""
        try:
            out, err = process.communicate(timeout=120)
        finally:
            process.kill()
        lines = [line for line in err.splitlines() if not line.startswith("database: ")]
        where = f"{process.args}: {out}{err}"
        assert process.returncode == 2, where
        assert len(lines) == 1, where
        assert re.match(re.escape(variable) + self.fill(sentence), lines[0]), where
        assert out == ""
        assert "s3cret" not in err


@pytest.fixture
def place(tmp_path: Path, migrated: Path) -> Iterator[Place]:
    with socket.socket() as taken:
        taken.bind((HOST, free_port()))
        taken.listen()
        yield Place(tmp_path, migrated, taken.getsockname()[1])


@pytest.mark.parametrize("wrong", MISTAKES, ids=[wrong.name for wrong in MISTAKES])
def test_a_mistake_is_one_sentence(place: Place, wrong: Mistake) -> None:
    before = place.files()
    started = [place.start(program, wrong.variables) for program in wrong.programs.split()]
    for process in started:
        place.complains(process, wrong.variable, wrong.sentence)
    assert place.files() == before


def test_a_server_that_refuses_the_token(place: Place) -> None:
    servers.needed()
    with Sqld(place.root / "server") as server:
        variables = {URL: server.url, "TURSO_AUTH_TOKEN": "s3cret"}
        for process in [place.start(program, variables) for program in OPEN.split()]:
            place.complains(process, "TURSO_AUTH_TOKEN", f": {server.url} refuses the token")


def without(*rights: str) -> list[str]:
    """The beginning of a command that runs without root's right to pass over the modes of files, say."""
    if os.geteuid() != 0:
        return []
    return ["setpriv", f"--bounding-set={','.join(f'-{right}' for right in rights)}"]


def test_a_folder_that_may_not_be_written(place: Place) -> None:
    folder = place.root / "closed"
    folder.mkdir()
    (place.root / "good.db").rename(folder / "x.db")
    folder.chmod(0o500)
    before = without("dac_override", "dac_read_search")
    for process in [place.start(program, {URL: f"file:{folder}/x.db"}, *before) for program in OPEN.split()]:
        place.complains(
            process, URL, f": this user may not write in {folder}, and a database writes files beside itself"
        )
    process = place.start("run", {"PINGTOPASS_VAR": f"{folder}/var"}, *before)
    place.complains(process, "PINGTOPASS_VAR", f": this user may not write in {folder}")


def test_a_port_that_only_root_may_have(place: Place) -> None:
    if int(Path("/proc/sys/net/ipv4/ip_unprivileged_port_start").read_text()) <= 81:
        pytest.skip("on this machine everybody may listen on port 81")
    for program in ("study", "run"):
        process = place.start(program, {"STUDY_PORT": "81"}, *without("net_bind_service"))
        place.complains(process, "STUDY_PORT", ": this user may not listen on 127.0.0.1:81; ports from 1024 on")


def mounted(script: str) -> list[str]:
    """The beginning of a command that sees mounts of its own, which the script makes."""
    if os.geteuid() != 0 or subprocess.run(["unshare", "-m", "true"], check=False, capture_output=True).returncode != 0:
        pytest.skip("a mount of one's own needs root")
    return ["unshare", "-m", "sh", "-ec", f'{script}; exec "$@"', "sh"]


def test_a_full_disk(place: Place) -> None:
    folder = place.root / "small"
    folder.mkdir()
    script = f"mount -t tmpfs -o size=1m tmpfs {folder}; cp {place.root}/good.db {folder}/x.db; cd {place.root}"
    for program in USE.split():
        process = place.start(program, {URL: f"file:{folder}/x.db"}, *mounted(script))
        place.complains(process, URL, rf": the disk of {folder}/x.db is full, with \d+ bytes free")


def test_a_network_disk(place: Place) -> None:
    """The kernel's list of mounts, as this process sees it, has the place on NFS."""
    (place.root / "mounts").write_text(f"24 1 8:1 / / rw - ext4 a rw\n25 24 0:30 / {place.root} rw - nfs4 host:/p rw\n")
    script = f"mount --bind {place.root}/mounts /proc/$$/mountinfo"
    for program in OPEN.split():
        process = place.start(program, {}, *mounted(script))
        place.complains(process, URL, rf": {place.root}/good.db is on a network disk \(nfs4\); ")
