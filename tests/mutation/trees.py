"""A copy of the project in which mutants are put, so that the work tree is never changed."""

import compileall
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path.cwd()
_FORK = Path(__file__).with_name("fork.py")
_LINKED = ("node_modules", ".venv")
_BESIDE = ("../shared",)  # real files, where a machine has them
# Asserts need no explanation here, each plugin costs time, and made-up values are the same for every mutant.
_OPTIONS = ["-x", "--assert=plain", "-p", "no:cacheprovider", "-p", "_hypothesis_pytestplugin", "--hypothesis-seed=0"]


def files() -> list[str]:
    """The project's files, those not yet committed included."""
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    names = subprocess.run(listed, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0")
    return sorted(name for name in names if name and (ROOT / name).is_file())


class Tree:
    """The copy, and the process that runs its tests."""

    def __init__(self, path: Path) -> None:
        self.path = path
        for name in files():
            (path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, path / name)
        for name in (*_LINKED, *_BESIDE):
            if (ROOT / name).exists():
                (path / name).symlink_to((ROOT / name).resolve())
        compileall.compile_dir(str(path), quiet=2, maxlevels=5, rx=re.compile("|".join(map(re.escape, _LINKED))))
        self._process = self._start()

    def _start(self) -> "subprocess.Popen[str]":
        # Compiled files are told apart by time and size alone, and a mutant may have both in common with another.
        env = os.environ | {"PYTHONDONTWRITEBYTECODE": "1", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "RUST_LOG": "off"}
        command = [sys.executable, "-P", str(_FORK)]
        pipe = subprocess.PIPE
        return subprocess.Popen(command, cwd=self.path, env=env, stdin=pipe, stdout=pipe, text=True)

    def put(self, module: str, code: str) -> None:
        """Make this the module's text in the copy."""
        (self.path / module).write_text(code)
        for compiled in (self.path / module).parent.glob(f"__pycache__/{Path(module).stem}.*.pyc"):
            compiled.unlink()

    def run(self, *, files: list[str], tests: list[str], modes: str, seconds: float, record: Any = None) -> int | str:
        """Run the files' tests, or of these only `tests`, until one fails: pytest's exit code, or "timeout"."""
        request = {
            "files": files,
            "tests": tests,
            "options": [*_OPTIONS, f"--modes={modes}", f"--basetemp={self.path}/.temporary"],
            "output": str(self.path / ".output"),
            "seconds": seconds,
            "record": record,
        }
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def output(self) -> str:
        """What the last run has printed."""
        return (self.path / ".output").read_text(errors="replace")

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait()


@contextmanager
def copied(path: Path) -> Iterator[Tree]:
    tree = Tree(path)
    try:
        yield tree
    finally:
        tree.stop()
