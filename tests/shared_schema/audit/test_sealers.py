"""Sealers as processes: many at once, and one that is killed in the middle."""

import re
import signal
import subprocess
import sys

import pytest

from shared_schema.audit import seal, verify
from shared_schema.database import LibsqlDatabase
from shared_schema.database.settings import Settings
from tests import stages
from tests.faults.hosts import wait_until
from tests.shared_schema.audit.conftest import broken, fill, rows, sealed_ids

pytestmark = pytest.mark.only("file", "server")
SEALERS = 4
# Small batches, so that there are many in a short time.
SMALL = "from shared_schema.audit import __main__, seal; seal.everything.__defaults__ = ({},); __main__.main()"


def start(settings: Settings, *command: str, batch: int = 20) -> "subprocess.Popen[str]":
    program = [sys.executable, "-c", SMALL.format(batch), *command]
    return subprocess.Popen(program, env=stages.environment_of(settings), text=True, stdout=subprocess.PIPE)


def audit(settings: Settings, *command: str) -> tuple[int, str]:
    """The command as an operator runs it: its exit code and what it prints."""
    program = [sys.executable, "-m", "shared_schema.audit", *command]
    run = subprocess.run(program, env=stages.environment_of(settings), text=True, stdout=subprocess.PIPE, timeout=60)
    return run.returncode, run.stdout


def test_sealers_at_once_make_one_chain(database: LibsqlDatabase, settings: Settings) -> None:
    fill(database, 1000)
    sealers = [start(settings, "seal") for _ in range(SEALERS)]
    counts = [int(re.findall(r"sealed (\d+)", sealer.communicate(timeout=120)[0])[0]) for sealer in sealers]
    assert sum(counts) == 1000
    assert sealed_ids(database) == list(range(1, 1001))
    assert broken(database) is None


def test_a_sealer_that_is_killed_leaves_whole_batches(database: LibsqlDatabase, settings: Settings) -> None:
    fill(database, 3000)
    sealer = start(settings, "seal")
    wait_until(lambda: rows(database, "SELECT 1 FROM audit_seals WHERE sequence > 100"))
    sealer.send_signal(signal.SIGKILL)
    sealer.communicate()
    done = verify.walk(database)
    assert done.unsealed == done.head["sequence"] + 1 < 3000
    assert done.head["sequence"] % 20 == 0
    assert seal.everything(database).head["sequence"] == 3000
    assert broken(database) is None


def test_the_commands_seal_verify_and_name_what_is_wrong(database: LibsqlDatabase, settings: Settings) -> None:
    fill(database, 3)
    code, first = audit(settings, "seal")
    head = first.split("head ")[1].strip()
    assert (code, first) == (0, f"sealed 3, head 3:{verify.walk(database).head['hash']}\n")
    fill(database, 2)
    good = (0, f"5 entries, 2 not sealed yet, 0 parts erased, head {head}\n")
    assert audit(settings, "verify") == audit(settings, "verify", "--head", head) == good
    other = f"3:{'0' * 64}"
    assert audit(settings, "verify", "--head", other) == (
        1,
        "entry 3 is not what was sealed when this head was kept: another chain\n",
    )
    assert audit(settings, "verify", "--head", "3")[0] == 2


def test_damage_has_exit_code_1_and_names_the_entry(database: LibsqlDatabase, settings: Settings) -> None:
    fill(database, 3)
    audit(settings, "seal")
    database.execute_sql("DROP TRIGGER audit_log_update")
    database.execute_sql("UPDATE audit_log SET action = 'x' WHERE id >= 2")
    assert audit(settings, "verify") == (1, "entry 2 is not what was sealed\n")
