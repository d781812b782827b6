"""The workers of a study service seal the audit log as they beat, and tell when its chain is not theirs."""

import re
import time

import pytest

from shared_schema.audit import seal, verify
from shared_schema.database import LibsqlDatabase, Statement
from tests import damage as damages
from tests.deploy.heartbeats.beating import OF_TWO_WORKERS, Service, Start, all_live
from tests.faults.hosts import wait_until
from tests.shared_schema.audit.conftest import fill


def test_the_workers_seal_the_audit_log_as_they_beat(start: Start, database: LibsqlDatabase) -> None:
    """More than they seal at one beat, and both at it: one chain. The head is in their log, where no SQL can change it.

    Verification at the same time finds nothing wrong.
    """
    fill(database, 6000)
    service = start(database.url)
    wait_until(lambda: verify.walk(database).head["sequence"] == 6000)
    fill(database, 1)
    wait_until(lambda: verify.walk(database).head["sequence"] == 6001)
    head = verify.walk(database).head["hash"]
    wait_until(lambda: f'"hash":"{head}"' in service.log)
    assert service.complaints() == 0


def chain_changes(service: Service) -> int:
    """How often the workers have met a chain that is not the one they knew."""
    figures = service.call("GET", "/metrics", user=4, role="admin").data.decode()
    (count,) = re.findall(r"^pingtopass_audit_chain_changes_total\S* (\d+)", figures, re.MULTILINE)
    return int(count)


@pytest.mark.parametrize(
    "damage", ["UPDATE audit_seals SET hash = hex(randomblob(32))", "DELETE FROM audit_seals WHERE sequence > 2"]
)
def test_seals_that_are_changed_or_taken_away_are_counted_once_by_each_worker(
    start: Start, database: LibsqlDatabase, damage: str
) -> None:
    service = start(database.url)
    all_live(database)
    fill(database, 3)
    time.sleep(2)  # some beats of each worker
    assert (seal.lag_s(database), chain_changes(service)) == (0, 0)
    database.batch(damages.without_triggers([Statement(damage)]))
    wait_until(lambda: chain_changes(service) == OF_TWO_WORKERS)
    time.sleep(1)
    assert chain_changes(service) == OF_TWO_WORKERS
    assert service.log.count("the audit log's chain has changed") == OF_TWO_WORKERS
