"""What `up` and `down` have done, also when they failed on the way, and how the operator can go on."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

import peewee

from migrations.tool import exits, lease
from migrations.tool.apply import failure
from shared_schema.database import errors
from shared_schema.releases import streams
from shared_schema.releases.files import Migration

_LOOK = "when the database can be reached again, `status` says what it has had; then run the command again"


@dataclass(frozen=True, slots=True)
class Done:
    """A migration that was run; `rows` has the tables whose number of rows it has changed: before, after."""

    migration: str
    seconds: float
    rows: dict[str, tuple[int | None, int | None]]


@dataclass(slots=True)
class Report:
    """What was done: the migrations, the rows that each backfill has changed, the backup. `waiting` has a sentence for
    each thing that was left undone, with the reason, `notes` one for each thing worth knowing.
    """

    done: list[Done] = field(default_factory=list)
    backfilled: dict[str, int] = field(default_factory=dict)
    backup: Path | None = None
    waiting: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Course:
    """The course of one `up` or `down`: its report so far, the migration at work, and the last migration that each
    stream had at the start (None for a stream without any).
    """

    again: str  # the command that goes on: "up", "down study --to 001_first_tables"
    report: Report
    heads: dict[str, str | None]
    back: bool = False
    at: Migration | None = None


@contextmanager
def of_failures(course: Course) -> Iterator[None]:
    """An error that is raised inside comes out with what was done before it; see `stopped`."""
    try:
        yield
    except BaseException as error:
        known = stopped(error, course)
        if known is error:
            raise
        raise known from error


def stopped(error: BaseException, course: Course) -> BaseException:
    """The error to raise for one that ended the course: with what was done, the backup, and the way on.

    Its exit code is HALF_DONE where something was committed, unless it is not known what happened. An error that nobody
    foresaw, which is a bug, stays what it is and gets notes.
    """
    known = _known(error)
    report, committed = course.report, bool(course.report.done or course.report.backfilled)
    if not committed and report.backup is None:
        return known
    unclear = isinstance(known, failure.Unclear)
    if committed:
        known.add_note(f"Done, and it stays: {'; '.join(lines(report))}.")
    elif not unclear:
        known.add_note("Nothing was changed.")
    if report.backup:
        known.add_note(f"The backup from before it: {report.backup}")
    ways = [_LOOK] if unclear else _ways(course, committed, _from_outside(error))
    known.add_note(f"The way on: {'; or '.join(ways)}.")
    if isinstance(known, exits.Stopped):
        known.values = asdict(report) | {"failed": str(course.at) if course.at else None, "wayOn": ways}
        if committed and known.exit_code != exits.LOOK:
            known.exit_code = exits.HALF_DONE
    return known


def lines(report: Report) -> list[str]:
    """For people: each migration, and the rows of each backfill."""
    return [done.migration for done in report.done] + [
        f"{name}: {rows} rows filled" for name, rows in report.backfilled.items() if rows
    ]


def _known(error: BaseException) -> BaseException:
    """The error as one with an exit code; a bug as it is."""
    if interruption := exits.interruption(error):
        return error if isinstance(error, exits.Stopped) else failure.Failed(str(interruption))
    if not isinstance(error, peewee.PeeweeException):
        return error
    unknown = isinstance(errors.cause(error), errors.OutcomeUnknown | errors.GuardAfterLoss)
    return failure.Unclear(str(error)) if unknown else failure.Failed(str(error))


def _from_outside(error: BaseException | None) -> bool:
    """Whether the cause lies outside the migration: a signal, another operator, a server that was lost."""
    kinds = (exits.Interrupted, lease.Lost, errors.Unreachable, errors.StreamExpired, errors.Busy)
    while error is not None and not isinstance(errors.cause(error), kinds):
        error = error.__context__
    return error is not None


def _ways(course: Course, committed: bool, from_outside: bool) -> list[str]:
    """What the operator can do now."""
    mend = f"mend {course.at} or the rows, and run" if course.at and not from_outside else "run"
    ways = [f"{mend} `{course.again}` again" + (", which goes on there" if committed else "")]
    if committed and course.back:
        ways.append(f"`up {course.at.stream if course.at else ''}`, which brings forward again what was rolled back")
    elif committed and (back := _back(course)):
        ways.append(f"{' and '.join(back)}, which rolls back what was done")
    elif _at_last_backfill(course):
        ways.append(f"`down {course.at.stream if course.at else ''}`, which takes back {course.at} with its backfill")
    if committed and course.report.backup:
        ways.append(f"`restore {course.report.backup}`, which also loses what others have written since")
    return ways


def _at_last_backfill(course: Course) -> bool:
    """Whether it stopped in a backfill that an earlier run has left, of a migration which `down` could take back."""
    at = course.at
    return at is not None and not course.back and at.goes_back and course.heads.get(at.stream) == at.name


def _back(course: Course) -> list[str]:
    """The commands that roll back the migrations which were done, the last stream first; none if one cannot go back."""
    names = [entry.migration.partition("/")[::2] for entry in reversed(course.report.done)]
    if not all(streams.read(stream, name).goes_back for stream, name in names):
        return []
    commands = []
    for stream in dict.fromkeys(stream for stream, _ in names):
        times = [owner for owner, _ in names].count(stream)
        head = course.heads.get(stream)
        commands.append(f"`down {stream} --to {head}`" if head else f"`down {stream}`{_times(times)}")
    return commands


def _times(times: int) -> str:
    return "" if times == 1 else f" {times} times"
