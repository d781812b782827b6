"""The wheel, built and installed in an empty environment: everything is in it, and both services run from it."""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import urllib3

from tests.faults.hosts import wait_until
from tests.servers import HOST, ROOT, free_port

PACKAGES = ("deploy", "growth_service", "migrations", "shared_schema", "study_service")
SHIPPED = (".py", ".json", ".md", ".typed", ".sql", ".yaml", ".yml")
PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-q"]


def sources() -> set[str]:
    """Every file of the packages that the wheel must have."""
    paths = {path for package in PACKAGES for path in (ROOT / package).rglob("*") if path.suffix in SHIPPED}
    return {path.relative_to(ROOT).as_posix() for path in paths}


def run(command: list[object], where: Path, env: dict[str, str] | None = None) -> str:
    done = subprocess.run([str(part) for part in command], cwd=where, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy, since a build leaves files beside the sources."""
    copy, built = tmp_path_factory.mktemp("copy"), tmp_path_factory.mktemp("built")
    for package in PACKAGES:
        shutil.copytree(ROOT / package, copy / package, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    run([*PIP, "wheel", ".", "--no-deps", "--no-build-isolation", "--no-index", "-w", built], copy)
    (wheel,) = built.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment that has the wheel, and sees the packages of others that it needs."""
    place = tmp_path_factory.mktemp("empty")
    run([sys.executable, "-m", "venv", "--without-pip", place], place)
    own = place / "bin" / "python"
    run([*PIP, "--python", own, "install", "--no-deps", "--no-index", wheel], place)
    packages = run([own, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], place).strip()
    (Path(packages) / "others.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return own


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    """The variables of a machine with an empty database, without a way to the checkout."""
    known = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "TURSO_"))}
    return known | {
        "PINGTOPASS_VAR": str(tmp_path / "var"),
        "TOKEN_KEYS": "k:a-secret-of-more-than-32-bytes-for-tests",
        "STUDY_PORT": str(free_port()),
        "GROWTH_PORT": str(free_port()),
        "WEB_WORKERS": "1",
        "RUST_LOG": "off",
    }


def test_nothing_of_ours_is_left_out_and_nothing_else_is_in(wheel: Path) -> None:
    shipped = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert shipped == sources()
    for needed in ("study/001_first_tables.py", "README.md", "tool/__init__.py"):
        assert f"migrations/{needed}" in shipped
    for service in ("study_service", "growth_service"):
        assert {f"{service}/demo/__init__.py", f"{service}/demo/__main__.py"} <= shipped


@contextmanager
def serving(python: Path, service: str, where: Path, env: dict[str, str]) -> Iterator[str]:
    """A service; the address at which it answers."""
    process = subprocess.Popen([python, "-m", f"{service}_service"], cwd=where, env=env)
    url = f"http://{HOST}:{env[f'{service.upper()}_PORT']}"

    def answers() -> bool:
        assert process.poll() is None, "it ended"
        try:
            return urllib3.request("GET", f"{url}/healthz", retries=False).status == 200
        except urllib3.exceptions.HTTPError:
            return False

    try:
        wait_until(answers, 30)
        yield url
    finally:
        process.terminate()
        assert process.wait(30) == 0


def test_an_operator_installs_it_migrates_loads_the_demo_and_serves(
    python: Path, tmp_path: Path, env: dict[str, str]
) -> None:
    where = run([python, "-c", "import study_service; print(study_service.__file__)"], tmp_path, env)
    assert Path(where).is_relative_to(python.parents[1])
    assert "study/001_first_tables" in run([python, "-m", "migrations", "up", "--yes"], tmp_path, env)
    for service in ("study", "growth"):
        run([python, "-m", f"{service}_service.demo"], tmp_path, env)
    token = [python, "-m", "shared_schema.web.tokens", "--subject", "1", "--role", "admin", "--audience"]
    for service, path in (("study", "/api/exams"), ("growth", "/api/twitter/opportunities")):
        bearer = {"Authorization": f"Bearer {run([*token, service], tmp_path, env).strip()}"}
        with serving(python, service, tmp_path, env) as url:
            ready = urllib3.request("GET", f"{url}/readyz", retries=False)
            assert (ready.status, ready.json()["status"]) == (200, "ready")
            loaded = json.loads(urllib3.request("GET", url + path, headers=bearer, retries=False).data)
            assert loaded[path.rsplit("/", 1)[1]]
            assert urllib3.request("GET", f"{url}/docs/", retries=False).status == 200
