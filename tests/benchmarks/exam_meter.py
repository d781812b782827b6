"""Who had how much CPU on an exam day, and the kill of the libSQL server in its middle."""

import os
import time
from pathlib import Path

from tests.faults.hosts import alive, children
from tests.servers import Sqld

_TICKS_S = os.sysconf("SC_CLK_TCK")
_DOWN_S = 1.0  # how long the killed server is away, beside the time of its start


class Meter:
    """Seconds of CPU since it was made: of the service's workers, the libSQL server, and this process."""

    def __init__(self, service: int, server: Sqld | None) -> None:
        self.server = server
        self._workers = children(service)
        self._before = self._now()
        self._of_the_killed = 0.0

    def kill_and_start(self) -> float:
        """SIGKILL for the server, and the same one again; the seconds until it was back."""
        assert self.server
        began = time.monotonic()
        self._of_the_killed += _cpu_s(self.server.pid)
        self.server.kill()
        time.sleep(_DOWN_S)
        self.server.start()
        return time.monotonic() - began

    def read(self) -> dict[str, float]:
        now = self._now()
        now["sqld"] += self._of_the_killed
        return {who: now[who] - self._before[who] for who in now}

    def ended(self) -> int:
        """How many of the service's workers have died."""
        return sum(not alive(worker) for worker in self._workers)

    def _now(self) -> dict[str, float]:
        return {
            "workers": sum(_cpu_s(worker) for worker in self._workers if alive(worker)),
            "sqld": _cpu_s(self.server.pid) if self.server else 0.0,
            "learners": time.process_time(),
        }


def _cpu_s(pid: int) -> float:
    """Seconds of CPU that a process has had, the kernel's work for it included."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS_S
