"""A TypeScript client of both services: the contract accepts it, refuses typos, and tells the truth when it runs.

It fails for an operation that the client does not call, so that a new one cannot be forgotten.
"""

import json
import os
import shutil
import subprocess
from contextlib import ExitStack
from pathlib import Path

import pytest
from flask import Flask

from shared_schema.database import LibsqlDatabase
from shared_schema.web.schema import camel
from tests.conftest import client
from tests.contract import calls, people
from tests.contract.people import People
from tests.contract.serving import served
from tests.servers import ROOT
from tests.servers.issuer import Issuer

HERE = Path(__file__).parent
NPM = ROOT / "node_modules"
TOKENS = {
    "STUDY_ADMIN_TOKEN": ("study", "4", "admin"),
    "STUDY_LEARNER_TOKEN": ("study", "1", "user"),
    "GROWTH_BOT_TOKEN": ("growth", "growth-bot", "service"),
    "GROWTH_ADMIN_TOKEN": ("growth", "4", "admin"),
}
OPTIONS = {
    "strict": True,
    "noUncheckedIndexedAccess": True,
    "target": "es2022",
    "module": "esnext",
    "moduleResolution": "bundler",
    "lib": ["es2022", "dom"],
    "types": [],
}


def node(*arguments: str | Path, **environment: str) -> str:
    """Run a program of node and return what it prints. Skips where there is no node; in CI that is a failure."""
    path = f"{os.environ['PATH']}{os.pathsep}{ROOT / '.venv' / 'bin'}"
    program = shutil.which("node", path=path)
    if program is None or not (NPM / "typescript").exists():
        reason = "no TypeScript: `make test` brings it with npm"
        assert os.environ.get("CI") != "true", reason
        pytest.skip(reason)
    done = subprocess.run(
        [program, *arguments], env=os.environ | environment, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def compiled(study_app: Flask, growth_app: Flask, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The client as JavaScript, compiled against the types of both documents together with the typos."""
    place = tmp_path_factory.mktemp("typescript")
    for service, app in (("study", study_app), ("growth", growth_app)):
        (place / f"{service}.json").write_text(app.test_client().get("/openapi.json").text)
        types = place / f"{service}.d.ts"
        node(NPM / "openapi-typescript" / "bin" / "cli.js", place / f"{service}.json", "-o", types)
    paths = {f"{service}-api": [str(place / f"{service}.d.ts")] for service in ("study", "growth")}
    project = {
        "compilerOptions": OPTIONS | {"paths": paths, "outDir": str(place / "js")},
        "files": [str(HERE / "client.ts"), str(HERE / "typos.ts")],
    }
    (place / "tsconfig.json").write_text(json.dumps(project))
    node(NPM / "typescript" / "bin" / "tsc", "-p", place)
    (place / "js" / "package.json").write_text('{"type": "module"}')
    (place / "js" / "node_modules").symlink_to(NPM)
    return place / "js" / "client.js"


@pytest.mark.only("file", "server")
def test_a_client_calls_every_operation(
    door: Flask, growth_app: Flask, compiled: Path, database: LibsqlDatabase, issuer: Issuer
) -> None:
    people.prepare(People(door, database, issuer))
    apps = {"study": door, "growth": growth_app}
    environment = {
        name: client(apps[service], subject, role).environ_base["HTTP_AUTHORIZATION"].removeprefix("Bearer ")
        for name, (service, subject, role) in TOKENS.items()
    }
    with ExitStack() as stack:
        servers = {service: stack.enter_context(served(app)) for service, app in apps.items()}
        urls = {f"{service.upper()}_URL": url for service, (url, _) in servers.items()}
        node(compiled, **environment, **urls, CREDENTIAL=issuer.token(nonce="n-1"))
    for service, (_, given) in servers.items():
        called = {apps[service].view_functions[endpoint].__name__ for _, endpoint in given}
        document = apps[service].test_client().get("/openapi.json").json
        assert {call.name for call in calls.of(document or {})} - {camel(name) for name in called} == set()
