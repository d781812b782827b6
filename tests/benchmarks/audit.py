"""How long it takes to seal and to verify an audit log: `python -m tests.benchmarks.audit 100000`, on a file."""

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from shared_schema.audit import seal, verify
from shared_schema.database import LibsqlDatabase, Statement
from tests import stages

_FILL = """
    WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?)
    INSERT INTO audit_log (user_id, role, action, entity_type, entity_id, old_values, new_values, metadata, ip_address)
    SELECT 4, 'admin', 'exam.change', 'exam', n, '{"name":"before"}', '{"name":"after"}', '{"subject":"4"}', '192.0.2.7'
    FROM numbers
"""


def timed(what: str, work: Callable[[], object]) -> None:
    began, cpu = time.perf_counter(), time.process_time()
    work()
    sys.stdout.write(f"{what}: {time.perf_counter() - began:.1f} s, {time.process_time() - cpu:.1f} s of CPU\n")


def main(count: int) -> None:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "audit.db"
        stages.migrated(path)
        database = LibsqlDatabase(f"file:{path}")
        database.batch([Statement(_FILL, (count,))])
        timed(f"seal {count}", lambda: seal.everything(database))
        timed(f"verify {count}", lambda: verify.walk(database))
        database.close()


if __name__ == "__main__":
    main(int(sys.argv[1]))
