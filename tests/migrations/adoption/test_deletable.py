"""The day will come when no older database is left: the adoption room can then be deleted, and the rest still works."""

import os
import shutil
import subprocess
import sys

import pytest

from tests.servers import ROOT

PACKAGES = ("study_service", "growth_service", "shared_schema", "migrations", "deploy")


def test_only_the_list_of_commands_names_the_adoption_room():
    modules = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    naming = [
        str(path.relative_to(ROOT))
        for path in modules
        if not path.is_relative_to(ROOT / "migrations" / "adoption") and "migrations.adoption" in path.read_text()
    ]
    assert naming == ["migrations/__main__.py"]


@pytest.fixture
def tool(tmp_path):
    """`tool("status")`: exit code, output and complaints of the command, run in a copy of the tree."""
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    own = {"TURSO_DATABASE_URL": f"file:{tmp_path}/new.db", "PINGTOPASS_VAR": str(tmp_path), "RUST_LOG": "off"}
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | own

    def run(*arguments):
        command = [sys.executable, "-m", "migrations", *arguments]
        done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=60, check=False)
        return done.returncode, done.stdout, done.stderr

    return run


def test_without_the_adoption_room_the_other_commands_work(tool, tmp_path):
    assert "adopt " in tool("--help")[1]
    shutil.rmtree(tmp_path / "migrations" / "adoption")
    code, listed, _ = tool("--help")
    assert (code, "adopt " in listed, "  up " in listed) == (0, False, True)
    ours = [
        f"{stream}/{path.stem}\n"
        for stream in ("shared", "study", "growth")
        for path in sorted((ROOT / "migrations" / stream).glob("0*.py"))
    ]
    assert tool("up")[:2] == (0, "".join(ours))
    assert tool("status")[:2] == (0, "shared: up to date\nstudy: up to date\ngrowth: up to date\n")


def test_a_broken_import_inside_the_adoption_room_is_not_taken_for_its_absence(tool, tmp_path):
    command = tmp_path / "migrations" / "adoption" / "command.py"
    command.write_text(f"import no_such_module\n{command.read_text()}")
    code, _, complaint = tool("status")
    assert code == 1
    assert "No module named 'no_such_module'" in complaint
