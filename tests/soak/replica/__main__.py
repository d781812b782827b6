"""`python -m tests.soak.replica --minutes 10`. Exit code 1 if a read was wrong, or a damaged replica came back late."""

import argparse
import os
import random
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

os.environ["RUST_LOG"] = "off"

from tests.soak.replica import events
from tests.soak.replica.events import DAMAGES, EVENTS
from tests.soak.replica.stage import Stage
from tests.soak.turns import Event, turns


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.soak.replica", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10, help="0: everything happens once")
    parser.add_argument("--late", type=float, default=10, help="seconds after which a damaged replica is late")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    random.seed(asked.seed)
    directory = Path(tempfile.mkdtemp(prefix="soak"))
    stage = Stage(directory)
    try:
        with stage.running() as seen:
            happened = soak(stage, time.monotonic() + 60 * asked.minutes)
        return report(stage, seen, happened, asked.late)
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def soak(stage: Stage, until: float) -> list[Event]:
    """Everything that happened."""
    happened: list[Event] = []
    names = [name for name in (*DAMAGES, *EVENTS) if name != "disk full" or stage.small_disk]
    for name in turns(names, until):
        if name in DAMAGES:
            happened.append(events.damaged(stage.machine, name, DAMAGES[name]))
        else:
            happened.append(events.happened(stage, name, EVENTS[name]))
        sys.stderr.write(f"{happened[-1]}\n")
    return happened


def report(stage: Stage, seen: list[dict[str, Any]], happened: list[Event], late_s: float) -> int:
    """Print what was seen; the exit code."""
    wrong = [text for one in seen for text in one["wrong"]]
    odd = [
        f"{kind} {at:.1f} while the primary was there"
        for one in seen
        for kind in ("away", "stale")
        for at in one[kind]
        if not any(began <= at <= ended for began, ended in stage.outages)
    ]
    late = [event for event in happened if event.found_s is not None and event.whole_s > late_s]
    lines = [f"{'event':20} {'found s':>8} {'whole s':>8}"]
    for event in happened:
        found = "" if event.found_s is None else f"{event.found_s:.2f}"
        lines.append(f"{event.name:20} {found:>8} {event.whole_s:8.2f}{'  LATE' if event in late else ''}")
    if not stage.small_disk:
        lines.append("disk full: left out, since no small disk could be mounted")
    total = sum(one["reads"] for one in seen)
    away, stale = (sum(len(one[kind]) for one in seen) for kind in ("away", "stale"))
    slowest = max(one["slowest_s"] for one in seen)
    lines += [
        f"{total} reads by {len(seen)} processes, the slowest {slowest:.2f} s",
        f"in outages {away} were refused, and {stale} answered from an old file",
        f"{len(wrong) + len(odd)} wrong, {len(late)} late",
        *(f"WRONG: {text}" for text in (wrong + odd)[:20]),
    ]
    sys.stdout.write("\n".join(lines) + "\n")
    return int(bool(wrong or odd or late or not total))


if __name__ == "__main__":
    sys.exit(main())
