"""The wire contract of each service, line by line: a change of it is made on purpose, and is seen in a review.

`python -m tests.wire` writes the lines anew.
"""

import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask

from tests.wire import lines

HERE = Path(__file__).parent


@pytest.mark.parametrize("service", ["study", "growth"])
def test_the_contract_is_as_it_was(service: str, study_app: Flask, growth_app: Flask) -> None:
    app = {"study": study_app, "growth": growth_app}[service]
    document = app.test_client().get("/openapi.json").json
    assert document is not None
    assert lines.of(document) == (HERE / f"{service}.txt").read_text().splitlines()


def test_the_command_writes_what_is_here(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-m", "tests.wire", str(tmp_path)], cwd=HERE.parents[1], check=False)
    assert done.returncode == 0
    for service in ("study", "growth"):
        assert (tmp_path / f"{service}.txt").read_text() == (HERE / f"{service}.txt").read_text()
