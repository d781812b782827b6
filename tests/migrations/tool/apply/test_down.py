"""Every stream back to nothing and up again, on a database with the demo's data: the other streams' rows stay."""

from dataclasses import replace

import pytest

import growth_service.demo
import study_service.demo
from migrations.tool.apply import failure, preflight, state, upgrade
from migrations.tool.backup import dump, make, restore
from shared_schema.database import LibsqlDatabase
from shared_schema.releases import streams
from shared_schema.tables import OWNERS

pytestmark = pytest.mark.only("file", "server")


@pytest.fixture
def living(database, settings):
    """With everything that `make run` puts into it; opened as the tool opens it, without the clock of the replicas."""
    database.execute_sql("DELETE FROM users")
    study_service.demo.load()
    growth_service.demo.load()
    assert database.execute_sql("SELECT count(*) FROM questions").fetchone()[0] >= 60
    tool = LibsqlDatabase(replace(settings, clock=None))
    yield tool
    tool.close()


def rows(db, stream):
    """What the tables hold that were made by the stream."""
    return {
        model._meta.table_name: dump.of(db, model._meta.table_name)
        for model in OWNERS[stream]
        if model._meta.table_name not in ("consistency_clock", "deployments")
    }


def test_every_stream_goes_down_and_up_beside_the_others_rows(living, tmp_path):
    before = state.read(living)
    kept = {stream: rows(living, stream) for stream in streams.NEEDS}
    backup = make.write(living, tmp_path / "before.sql.gz", "here").path
    gone = []
    for stream in reversed(streams.NEEDS):
        for name in reversed(streams.names(stream)):
            assert upgrade.down(living, stream).done[0].migration == f"{stream}/{name}"
        gone.append(stream)
        assert {other: rows(living, other) for other in streams.NEEDS if other not in gone} == {
            other: kept[other] for other in streams.NEEDS if other not in gone
        }
    assert state.read(living).objects == {}
    upgrade.up(living)
    after = state.read(living)
    assert (after.objects, after.histories) == (before.objects, before.histories)
    restore.restore(living, backup)
    assert {stream: rows(living, stream) for stream in streams.NEEDS} == kept


@pytest.mark.parametrize("stream", ["shared", "study"])
def test_stream_that_others_refer_to_does_not_go_down_beneath_them(stream, living):
    for name in reversed(streams.names(stream)[1:]):
        assert upgrade.down(living, stream).done[0].migration == f"{stream}/{name}"
    before = state.read(living)
    with pytest.raises((preflight.Refused, failure.Failed), match=r"gone|refer|exams|users"):
        upgrade.down(living, stream)
    assert state.read(living).objects == before.objects
    assert state.changes(before.rows, state.read(living).rows) == {}
