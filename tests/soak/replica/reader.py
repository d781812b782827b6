"""A process of readers: `python -m tests.soak.replica.reader`, with its orders as JSON on its stdin.

It reads in two threads until its stdin ends, and then writes what it has seen as JSON to its stdout.
"""

import json
import random
import sys
import threading
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

import peewee

from shared_schema.database import LibsqlDatabase, errors
from shared_schema.database.settings import Limits, Settings
from tests.soak.replica.rows import Acks, queries, wrong

FRESH_S = 2.0
_PAUSE_S = 0.01


@dataclass
class Seen:
    """What readers have met. `away` and `stale` are the moments of reads that failed, since the primary was away, and
    of those that were answered from an old file.
    """

    reads: int = 0
    wrong: list[str] = field(default_factory=list)
    away: list[float] = field(default_factory=list)
    stale: list[float] = field(default_factory=list)
    slowest_s: float = 0.0


def main() -> None:
    url, token, replica, acks = json.loads(sys.stdin.readline())
    settings = Settings(url, token, replica, Limits(1.0, 3.0, 4.0), max_staleness_s=FRESH_S, clock="consistency_clock")
    database, seen, ended = LibsqlDatabase(settings), Seen(), threading.Event()
    threads = [threading.Thread(target=read, args=(database, Acks(Path(acks)), seen, ended)) for _ in range(2)]
    for thread in threads:
        thread.start()
    sys.stdin.read()
    ended.set()
    for thread in threads:
        thread.join()
    json.dump(asdict(seen), sys.stdout)


def read(database: LibsqlDatabase, acks: Acks, seen: Seen, ended: threading.Event) -> None:
    """Read again and again. Every other read brings the latest tick, as one who has written does."""
    while not ended.is_set():
        began = time.time()
        try:
            one_read(database, acks, seen)
        except peewee.PeeweeException as error:
            if isinstance(errors.cause(error), errors.Unreachable | errors.Refused):  # 404 by one that starts up
                seen.away.append(began)
            else:
                seen.wrong.append(f"{type(errors.cause(error)).__name__}: {error}"[:300])
        seen.reads += 1
        seen.slowest_s = max(seen.slowest_s, time.time() - began)
        time.sleep(_PAUSE_S)


def one_read(database: LibsqlDatabase, acks: Acks, seen: Seen) -> None:
    """Read once and hold it against what was acknowledged before."""
    acks.follow()
    began, epoch = time.time(), acks.epoch
    database.clock.begin()
    least, latest = acks.least(began - FRESH_S), acks.known[-1]
    if random.random() < 0.5:
        database.clock.wanted.set(latest.tick)
        least = latest.n
    count, ledger, mirror, some = database.fetch(queries(max(1, acks.known[0].n)))
    n = count.value(int)
    problem = wrong(n, ledger.one(dict), mirror.one(dict), some.all(dict))
    if database.clock.stale.get():
        seen.stale.append(began)
    elif n < least:
        acks.follow()
        if acks.epoch == epoch:  # else the primary was set back meanwhile
            problem = f"{n} is older than {least}"
    if problem:
        seen.wrong.append(problem[:300])


if __name__ == "__main__":
    main()
