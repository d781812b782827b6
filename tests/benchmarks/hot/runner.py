"""Measures the operations, one size after the other, each in its modes."""

import itertools
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks import scale
from tests.benchmarks.hot import data_layer, replay, serving, stage, world
from tests.benchmarks.hot.data_layer import Asked
from tests.benchmarks.hot.deployed import Stand
from tests.benchmarks.hot.figures import Failed, Row
from tests.benchmarks.hot.inside import Inside
from tests.benchmarks.hot.load import Clients, Unexpected
from tests.benchmarks.hot.operations import Operation
from tests.benchmarks.hot.world import World
from tests.servers import ROOT

_FRESH_S = 12 * 3600  # so old may a made database be: its last day is then still of today or yesterday
_MADE_BY = ("tests/benchmarks/scale", "migrations", "shared_schema/tables")


@dataclass(frozen=True, slots=True)
class Plan:
    """What to measure. Over HTTP about so many `requests` are sent for each operation."""

    sizes: Sequence[str]
    modes: Sequence[str]
    operations: Sequence[Operation]
    requests: int
    kept: Path  # the folder of the made databases


def run(plan: Plan) -> Iterator[Row | Failed]:
    """For each size, mode and operation a row, as soon as it is measured, or why it could not be."""
    for size in plan.sizes:
        file = made(size, plan.kept)
        with tempfile.TemporaryDirectory(dir=plan.kept) as directory:
            ready = Path(directory, "ready.db")
            shutil.copy(file, ready)
            people = world.prepared(ready)
            for mode in plan.modes:
                with tempfile.TemporaryDirectory(dir=directory) as place:
                    yield from _measure(plan, size, mode, ready, people, Path(place))


def made(size: str, kept: Path) -> Path:
    """The database of this size; that of an earlier run, unless it is old or what makes it has changed since."""
    file = kept / f"{size.lower()}.db"  # where `make bench-data` makes it, too
    changed = max(path.stat().st_mtime for folder in _MADE_BY for path in (ROOT / folder).rglob("*.py"))
    if not file.exists() or file.stat().st_mtime < max(changed, time.time() - _FRESH_S):
        kept.mkdir(parents=True, exist_ok=True)
        (new := file.with_suffix(".new")).unlink(missing_ok=True)
        scale.make(scale.SIZES[size], new, int(time.time()))
        new.replace(file)
    return file


def _measure(plan: Plan, size: str, mode: str, ready: Path, people: World, place: Path) -> Iterator[Row | Failed]:
    numbers = {one.name: itertools.count() for one in plan.operations}
    names = {one.service for one in plan.operations}
    (answers := place / "answers").mkdir()
    with (
        stage.database(mode, ready, place) as database,
        stage.services(names, database.settings, place) as running,
        serving.floor(answers) as floor,
        Clients() as clients,
    ):
        inside = Inside(database.settings)
        asked, bare_ms = _ask(plan, inside, people, numbers, ready if mode == "file" else None, place)
        stand = Stand(running, inside.database, database.server, floor, answers, clients)
        for one in plan.operations:
            try:
                seen = stand.measure(one, people, numbers[one.name], plan.requests)
            except Unexpected as answer:
                yield Failed(size, mode, one.name, str(answer))
                continue
            yield Row(
                size,
                mode,
                one.name,
                one.service,
                asked[one.name].statements,
                asked[one.name].rows_read,
                asked[one.name].round_trips,
                asked[one.name].ms,
                bare_ms.get(one.name),
                seen.p50_ms,
                seen.p95_ms,
                seen.cpu_us,
                seen.bare_us,
                seen.ratio,
                seen.server_us,
                seen.per_second,
            )
        inside.close()


def _ask(
    plan: Plan, inside: Inside, people: World, numbers: dict[str, Iterator[int]], ready: Path | None, place: Path
) -> tuple[dict[str, Asked], dict[str, float]]:
    """What each operation asks of the database; and on a file, the time of the same statements in sqlite3."""
    measured = {
        one.name: data_layer.measure(inside, one, people, numbers[one.name], plan.requests) for one in plan.operations
    }
    asked = {name: asked for name, (asked, _) in measured.items()}
    if ready is None:
        return asked, {}
    shutil.copy(ready, place / "replayed.db")
    runs = {name: runs for name, (_, runs) in measured.items()}
    return asked, replay.medians_ms(place / "replayed.db", data_layer.pragmas(inside.database), runs, data_layer.WARM)
