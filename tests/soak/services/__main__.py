"""`python -m tests.soak.services --minutes 15`. Exit code 1 if anything that was acknowledged is lost, there twice, not
shown to who wrote it, or counted wrongly, and if an answer came that nobody expects.
"""

import argparse
import os
import random
import shutil
import sys
import tempfile
import time
from pathlib import Path

os.environ["RUST_LOG"] = "off"

from tests.faults.hosts import wait_until
from tests.soak.services import events, facts, report
from tests.soak.services.memory import Memory
from tests.soak.services.report import Soak
from tests.soak.services.stage import Stage
from tests.soak.turns import Event, turns

_SETTLED_S = 3.0  # before the first look at the memory


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.soak.services", description=__doc__)
    parser.add_argument("--minutes", type=float, default=15, help="0: everything happens once, and outages are short")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    random.seed(asked.seed)
    directory = Path(tempfile.mkdtemp(prefix="soak"))
    try:
        soak = _soak(directory, asked.minutes)
        sys.stdout.write("\n".join(report.lines(soak)) + "\n")
        return int(not soak.is_good)
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _soak(directory: Path, minutes: float) -> Soak:
    stage = Stage(directory, down_s=15.0 if minutes else 3.0, frozen_s=8.0 if minutes else 3.0)
    with stage.running() as people:
        began, memory = time.monotonic(), Memory()
        with stage.serving(), people.at_work():
            happened = _all_events(stage, memory, 60 * minutes)
        seconds = time.monotonic() - began
        database = stage.database()
        findings, checked = facts.compare(database, people.deeds, people.bank), facts.checked(stage)
        database.close()
    seen = (people.met, people.deeds, happened, findings, checked, memory.longest())
    return Soak(*seen, seconds, stage.small_disk)


def _all_events(stage: Stage, memory: Memory, seconds: float) -> list[Event]:
    """In the second half nobody touches the first service, so that its memory is seen for long."""
    happened: list[Event] = []
    began = time.monotonic()
    wait_until(stage.is_well)
    time.sleep(_SETTLED_S)
    for name in turns([name for name in events.NAMES if name != "disk full" or stage.small_disk], began + seconds):
        memory.look(stage)
        services = stage.services if not seconds or time.monotonic() < began + seconds / 2 else stage.services[1:]
        happened.append(events.happened(stage, name, services))
        sys.stderr.write(f"{happened[-1]}\n")
    memory.look(stage)
    return happened


if __name__ == "__main__":
    sys.exit(main())
