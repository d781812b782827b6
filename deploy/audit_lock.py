"""`make audit-lock`: are the locked packages whole, pinned and free of known faults?

The known faults are those of OSV, which collects them for PyPI and npm. Its data cannot be installed from a package
index, so without a way to OSV the last question has no answer, and the command says so by an exit code of its own.
"""

import json
import os
import re
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from migrations.tool import exits

OK, FOUND, NOT_ASKED = exits.OK, exits.FOUND, exits.LATER
_OSV = "https://api.osv.dev"
_AT_ONCE = 500
_SECONDS = 20
_PIN = re.compile(r"([\w.-]+)(?:\[[^\]]*\])?==([^\s;]+)")


@dataclass(frozen=True, slots=True)
class Package:
    """`ecosystem` is OSV's word: PyPI or npm."""

    ecosystem: str
    name: str
    version: str


def main(root: Path) -> int:
    """Print what is wrong, a line each; the exit code is OK, FOUND or NOT_ASKED."""
    python, wrong = of_python((root / "requirements-dev.lock").read_text())
    packages = python + of_npm((root / "package-lock.json").read_text())
    wrong += _installed()
    try:
        wrong += known_faults(packages)
        asked = True
    except (OSError, ValueError, KeyError) as error:  # no way there, or an answer that is not OSV's
        print(f"not asked whether faults are known of {len(packages)} packages: no data from {_osv()}: {error}")
        asked = False
    print("\n".join(wrong or ([f"{len(packages)} packages: no fault is known"] if asked else ["pins and hashes: ok"])))
    return FOUND if wrong else OK if asked else NOT_ASKED


def of_python(lock: str) -> tuple[list[Package], list[str]]:
    """The packages of a requirements file, and a line for each that is not pinned to one version with its hash."""
    packages, wrong = [], []
    for line in lock.replace("\\\n", " ").splitlines():
        pin = _PIN.match(line)
        if pin is None and re.match(r"\w", line):
            wrong.append(f"not pinned: {line.split(' ')[0]}")
        if pin is not None:
            packages.append(Package("PyPI", pin[1], pin[2]))
            wrong += [] if "--hash=sha256:" in line else [f"{pin[1]} {pin[2]} has no hash"]
    return packages, wrong


def of_npm(lock: str) -> list[Package]:
    """The packages of a package-lock.json; its own project is the entry without a path."""
    entries = json.loads(lock)["packages"]
    return [
        Package("npm", path.rpartition("node_modules/")[2], entry["version"]) for path, entry in entries.items() if path
    ]


def known_faults(packages: Sequence[Package]) -> list[str]:
    """A line for each package with the ids of its faults. Raises OSError, ValueError or KeyError without an answer."""
    lines = []
    for start in range(0, len(packages), _AT_ONCE):
        some = packages[start : start + _AT_ONCE]
        for package, result in zip(some, _ask(some), strict=True):
            if faults := [fault["id"] for fault in result.get("vulns", [])]:
                lines.append(f"{package.name} {package.version} ({package.ecosystem}): {', '.join(faults)}")
    return lines


def _ask(packages: Sequence[Package]) -> list[dict[str, list[dict[str, str]]]]:
    queries = [
        {"package": {"ecosystem": package.ecosystem, "name": package.name}, "version": package.version}
        for package in packages
    ]
    request = urllib.request.Request(  # noqa: S310 - the address is the https one of this module, or one that a test sets
        f"{_osv()}/v1/querybatch", json.dumps({"queries": queries}).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=_SECONDS) as response:  # noqa: S310 - the request is the one above
        results: list[dict[str, list[dict[str, str]]]] = json.load(response)["results"]
    return results


def _osv() -> str:
    return os.environ.get("OSV_URL") or _OSV


def _installed() -> list[str]:
    """What pip finds wrong with the packages that are installed together."""
    checked = subprocess.run([sys.executable, "-m", "pip", "check"], capture_output=True, text=True, check=False)
    return [] if checked.returncode == 0 else checked.stdout.splitlines()


if __name__ == "__main__":
    sys.exit(main(Path.cwd()))
