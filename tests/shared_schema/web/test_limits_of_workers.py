"""Two real workers of eight threads let through exactly as many requests as one would."""

import threading
from collections import Counter
from pathlib import Path

from tests import stages
from tests.faults import hosts
from tests.faults.hosts import children


def test_workers_of_a_host_count_together(migrated: Path, tmp_path: Path) -> None:
    url = stages.copied(migrated, tmp_path / "pingtopass.db").url
    variables = {"RATE_LIMITS": "user=120/3600", "PINGTOPASS_VAR": str(tmp_path / "var")}
    with hosts.Service(url, "", tmp_path / "service.log", **variables) as service:
        assert len(children(service._process.pid)) == 2
        statuses: list[int] = []
        told: list[str] = []

        def send() -> None:
            for _ in range(13):
                response = service.call("GET", "/api/auth/me", user=1)
                statuses.append(response.status)
                told.append(response.headers["RateLimit"])

        threads = [threading.Thread(target=send) for _ in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert Counter(statuses) == {200: 120, 429: 88}
        remaining = sorted(int(text.split("r=")[1].split(";")[0]) for text in told)
        assert remaining == [0] * 88 + list(range(120))  # each number once, whichever worker told it
        assert service.call("GET", "/api/auth/me", user=2).status == 200
        assert service.call("GET", "/healthz", user=1).status == 200
