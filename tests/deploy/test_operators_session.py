"""The operator's session, as it stands on deploy's page, in a fresh shell."""

import json
import re
from pathlib import Path

from tests.deploy import shells
from tests.servers import ROOT, free_port

BLOCKS: list[str] = re.findall(r"```sh\n(.*?)```", (ROOT / "deploy" / "README.md").read_text(), re.DOTALL)
(SESSION,) = (block for block in BLOCKS if "operated.db" in block)
(COUNTERS,) = (block for block in BLOCKS if "study_service.rebuild" in block)
(MEMORY,) = (block for block in BLOCKS if "study_service.memory" in block)
(RESEMBLING,) = (block for block in BLOCKS if "study_service.resembling" in block)
(STATISTICS,) = (block for block in BLOCKS if "study_service.statistics" in block)


def test_an_operator_makes_a_database_serves_it_and_changes_the_key(tmp_path: Path) -> None:
    place = shells.copied(tmp_path / "copy")
    (place / "var").mkdir()
    script = re.sub(r"(?m)^curl (.*?) (?!-o)", r"curl --fail-with-body -w '\\n' \1 ", SESSION)
    ended = shells.run(script, shells.environment(GROWTH_PORT=str(free_port())), place)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert ended.stdout.startswith("shared: pending 001_first_tables")
    assert "\nexit code 1\n" in ended.stdout
    assert 'CREATE TABLE "tweets" (' in ended.stdout
    assert re.search(r"var/backups/operated-\w+\.\w+\.sql\.gz: \d+ tables, ", ended.stdout)
    answers = [json.loads(line) for line in ended.stdout.splitlines() if line.startswith("{")]
    ready = [answer for answer in answers if "pendingMigrations" in answer]
    assert [answer["status"] for answer in ready] == ["ready"]
    assert [answer["opportunities"] for answer in answers if "opportunities" in answer] == [[], []]
    logged = [answer for answer in answers if answer.get("route") == "/api/twitter/opportunities"]
    assert [line["status"] for line in logged] == [200, 200]
    assert len((place / "var" / "growth.log").read_text().splitlines()) >= len(logged)  # probes fill no log
    assert (place / "var" / "operated.db").stat().st_mode & 0o777 == 0o600
    assert len(BLOCKS) == 5
    there = shells.environment(TURSO_DATABASE_URL="file:var/operated.db", PINGTOPASS_VAR=str(place / "var"))
    for block in (MEMORY, RESEMBLING, COUNTERS, STATISTICS):
        counted = shells.run(block, there, place)
        assert (counted.returncode, "exit code" in counted.stdout) == (0, False), counted.stdout + counted.stderr
