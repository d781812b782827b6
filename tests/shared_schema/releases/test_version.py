"""What the code that runs calls itself."""

import tomllib
from pathlib import Path

import pytest

from shared_schema.releases import version


def test_it_is_the_projects_version_unless_the_environment_knows_better(monkeypatch: pytest.MonkeyPatch) -> None:
    project = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text())["project"]
    monkeypatch.delenv("RELEASE", raising=False)
    assert version.current() == project["version"]
    monkeypatch.setenv("RELEASE", "3f2a91c")
    assert version.current() == "3f2a91c"
