"""How much memory the processes of a soak have, from when they are first seen to their end."""

import time
from dataclasses import dataclass, field

from tests.faults.processes import KINDS, beside_replica, resident
from tests.soak.services.stage import Stage

MOST_GROWN_MB = 64.0
_MB = 2**20


@dataclass
class Life:
    """Of a process: its kind, the moments at which it was seen, and the megabytes that it had then."""

    kind: str
    seen: list[tuple[float, float]] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        return self.seen[-1][0] - self.seen[0][0]

    @property
    def grown_mb(self) -> float:
        return self.seen[-1][1] - self.seen[0][1]

    def __str__(self) -> str:
        most = max(megabytes for _, megabytes in self.seen)
        return f"{self.kind:12} {self.seconds:7.0f} {self.seen[0][1]:8.1f} {self.seen[-1][1]:8.1f} {most:8.1f}"


class Memory:
    """What `look` has seen."""

    def __init__(self) -> None:
        self._lives: dict[int, Life] = {}

    def look(self, stage: Stage) -> None:
        self._note("sqld", stage.server.pid)
        for service in stage.services:
            for kind, pids in beside_replica(service.pid).items():
                for pid in pids:
                    self._note(kind, pid)

    def longest(self) -> list[Life]:
        """Of each kind the process that was seen for longest."""
        kinds = [[life for life in self._lives.values() if life.kind == kind] for kind in (*KINDS, "sqld")]
        return [max(lives, key=lambda life: life.seconds) for lives in kinds if lives]

    def _note(self, kind: str, pid: int) -> None:
        if megabytes := resident(pid) / _MB:
            self._lives.setdefault(pid, Life(kind)).seen.append((time.monotonic(), megabytes))
