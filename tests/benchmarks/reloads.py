"""How long do people wait while a service takes HUP? `python -m tests.benchmarks.reloads [--replica]`, three times."""

import argparse
import os
import signal
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from shared_schema.web import tokens
from tests import stages
from tests.faults.hosts import KEYS, Service, wait_until
from tests.faults.visitors import Visitors

_TIMES = 3
_SETTLED_S = 12.0  # gunicorn waits up to ten seconds for the end of the old workers


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--replica", action="store_true", help="beside a server with a replica, not on a file")
    with ExitStack() as stack:
        place = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        service = stack.enter_context(_service(stack, place, replica=parser.parse_args().replica))
        token = tokens.mint(KEYS, "study", "1", "user", ttl_s=3600)
        people = stack.enter_context(Visitors(service.port, headers={"Authorization": f"Bearer {token}"}))
        wait_until(lambda: len(people.answers) > 100)
        begin = time.monotonic()
        time.sleep(_SETTLED_S)
        _print("quiet", people, begin)
        for _ in range(_TIMES):
            begin = time.monotonic()
            os.kill(service.pid, signal.SIGHUP)
            time.sleep(_SETTLED_S)
            _print("HUP", people, begin)


def _service(stack: ExitStack, place: Path, *, replica: bool) -> Service:
    if not replica:
        stages.migrated(place / "pingtopass.db")
        return Service(f"file:{place}/pingtopass.db", "", place / "log")
    primary = stack.enter_context(stages.primary(place / "server"))
    primary.clear()
    settings = primary.settings(replica=False)
    return Service(settings.base_url, settings.token, place / "log", TURSO_REPLICA_PATH=f"{place}/replica.db")


def _print(name: str, people: Visitors, since: float) -> None:
    gap, wait = people.longest_gap_s(since), people.longest_wait_s(since)
    sys.stdout.write(f"{name:<6} longest gap {gap:.2f} s, longest request {wait:.2f} s, failed {len(people.failed)}\n")


if __name__ == "__main__":
    main()
