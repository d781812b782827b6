"""The statistics of questions, as the study service measures them."""

from shared_schema.database import LibsqlDatabase
from shared_schema.tables import db
from study_service.statistics import measuring
from tests.benchmarks.scale.sizes import Size


def make(database: LibsqlDatabase, size: Size, now: int) -> None:
    """Of all exams, from all answers. The service's own `db` is this database meanwhile."""
    before = db.obj  # type: ignore[attr-defined]  # the proxy's attribute is not in the stubs
    db.initialize(database)  # type: ignore[attr-defined]
    try:
        for exam_id in range(1, size.exams + 1):
            measuring.measure(exam_id, now)
    finally:
        db.initialize(before)  # type: ignore[attr-defined]
