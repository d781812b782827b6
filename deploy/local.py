"""`make run`: both services on one machine, with a database, a secret, demo content and tokens made at first start."""

import os
import sys
from pathlib import Path

import growth_service.config
import study_service.config
from deploy import children, contents, state
from migrations.tool import exits
from shared_schema import environment, startup
from shared_schema.environment import ConfigurationError
from shared_schema.web import listening
from shared_schema.web.config import Config


def main() -> int:
    """Start both services, say where they are, and stop them on Ctrl-C or SIGTERM."""
    with startup.sentences():
        try:
            return _run(children.Stop())
        except exits.Stopped as stopped:
            print(exits.text(stopped), file=sys.stderr, flush=True)
            return stopped.exit_code


def _run(stop: children.Stop) -> int:
    """Look at everything first: until then nothing is written, neither here nor into a database."""
    var = environment.var()
    secret = None if os.environ.get("TOKEN_KEYS") else state.secret(var)
    if secret is not None:
        os.environ["TOKEN_KEYS"] = f"development:{secret}"
    os.environ.setdefault("SERVER_TIMING", "1")
    os.environ.setdefault("CORS_ORIGINS", "http://localhost:*,http://127.0.0.1:*")
    services = [study_service.config.from_env(), growth_service.config.from_env()]
    _check(services)
    demo = contents.may_change(services[0].database)
    state.keep(var, secret)
    state.keep_tokens(var, contents.fill(services[0], var / "backups") if demo else None)
    started: list[children.Child] = []
    try:
        for config in services:
            started.append(children.start(config))
        if children.ready(started, stop):
            _print(services, var, demo)
            while not stop.asked and children.died(started) is None:
                stop.wait(0.5)
        return 0 if stop.asked else children.died(started) or 1
    finally:
        children.stop_all(started)


def _check(services: list[Config]) -> None:
    study, growth = services
    if study.port == growth.port:
        raise ConfigurationError(f"STUDY_PORT and GROWTH_PORT are both {study.port}")
    for config in services:
        listening.check(config)


def _print(services: list[Config], var: Path, demo: bool) -> None:
    for config in services:
        url = children.url(config)
        print(f"{config.service:<7} {url}   docs {url}/docs/")
    if demo:
        print(f"tokens are in {var / state.TOKENS}")
    else:
        print("no demo content was loaded; how to get a token: .venv/bin/python -m shared_schema.web.tokens --help")
    print("Ctrl-C stops both services", flush=True)


if __name__ == "__main__":
    sys.exit(main())
