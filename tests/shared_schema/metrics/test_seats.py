"""A worker that is killed at work leaves its counts and takes along what it had in hand; its successor counts on."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.servers import ROOT

WORKER = """
import sys, time
from shared_schema.metrics import series, text
for n in range(int(sys.argv[1])):
    series.request_began()
    series.answered("GET", "/here", 200, None, 0.1)
if sys.argv[2] == "tell":
    print(text.of("study", release="r", ready=True, replica_age_s=None).decode())
print("done", flush=True)
time.sleep(600)
"""


class Worker:
    """A process that has `requests` requests in hand, and has answered as many."""

    def __init__(self, folder: Path, requests: int, *, tell: bool = False) -> None:
        env = os.environ | {"PROMETHEUS_MULTIPROC_DIR": str(folder), "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-c", WORKER, str(requests), "tell" if tell else ""]
        self._process = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout
        self.printed: list[str] = []
        for line in self._process.stdout:
            self.printed.append(line.strip())
            if line == "done\n":
                break

    def kill(self) -> None:
        self._process.send_signal(signal.SIGKILL)
        self._process.communicate()


def seats(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("counter_*.db"))


def test_counts_stay_and_gauges_go_with_a_killed_worker(tmp_path: Path) -> None:
    workers = [Worker(tmp_path, 3), Worker(tmp_path, 4)]
    try:
        assert seats(tmp_path) == ["counter_0.db", "counter_1.db"]
        workers.pop(0).kill()
        workers.pop(0).kill()
        workers.append(Worker(tmp_path, 5, tell=True))
        told = workers[0].printed
        assert 'pingtopass_http_requests_total{method="GET",route="/here",service="study",status="200"} 12.0' in told
        assert 'pingtopass_http_requests_in_flight{service="study"} 5.0' in told
        assert 'pingtopass_http_request_seconds_count{method="GET",route="/here",service="study"} 12.0' in told
        assert seats(tmp_path) == ["counter_0.db", "counter_1.db"], "the seat was taken over"
    finally:
        for worker in workers:
            worker.kill()
