"""The import of a file: one read, a read of each chunk of questions that are there, one batch."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import peewee

from shared_schema import audit
from shared_schema.audit import Actor
from shared_schema.database import Guard, Statement, errors, within
from shared_schema.fields import dumps
from shared_schema.idempotency import Once, Receipt
from shared_schema.problems import Conflict, Invalid, NotFound, invalid
from shared_schema.progress import Progress, Steps, last
from shared_schema.tables import db
from study_service import exams, objectives, questions
from study_service.banks import FORMATS
from study_service.banks.bank import Bank, Problem
from study_service.exams import Key
from study_service.importing import catalog, content, matching, outcomes, resemblance, stored, storing
from study_service.importing.matching import Pair
from study_service.importing.plan import Plan

MAX_MISSING = 10_000  # questions that an import tells to be missing, or retires
MISSING = ("ignore", "report", "retire")
DEADLINE_S = 60  # for all that an import asks of the database

_LOG_IMPORT = f"SELECT {exams.NAMED} AS id, NULL AS old, :counts AS new"
# The report, with the ids of the questions that the steps before have created, by the digests beside it.
_REPORT = """
    WITH digests AS MATERIALIZED (SELECT key, value FROM json_each(?))
    SELECT json_set(p.report, '$.items', json((
        SELECT json_group_array(json(iif(c.value IS NULL, i.value, json_set(i.value, '$.question_id', (
            SELECT q.id FROM questions q WHERE q.exam_id = p.exam AND q.content_digest = c.value)))))
        FROM json_each(p.report, '$.items') i LEFT JOIN digests c ON c.key = i.key)))
    FROM (SELECT ? AS report, coalesce(?, (SELECT id FROM exams WHERE vendor_id = ? AND code = ?)) AS exam) p
"""


@dataclass(frozen=True, slots=True)
class Options:
    """`format` is one of FORMATS, `missing` one of MISSING: what becomes of questions that the file does not have.

    Without a `review_status` new questions become pending, and those that are there keep what they have. With
    `by_another` nobody approves what a model has written and they bring.
    """

    format: str
    exam_id: int | None = None
    review_status: str | None = None
    dry_run: bool = False
    partial: bool = False
    missing: str = "report"
    by_another: bool = False


def run(data: bytes, wish: Options, actor: Actor, once: Once, *, keeps_catalog: bool) -> Receipt:
    """Import a file: the receipt of its `steps`."""
    return last(steps(data, wish, actor, once, keeps_catalog=keeps_catalog))


def steps(data: bytes, wish: Options, actor: Actor, once: Once, *, keeps_catalog: bool) -> Steps:
    """Import a file, and tell how far that is. Returned is the receipt, whose document is the report.

    Any problem stops the whole import (Invalid, with the report) unless `partial`; a dry run always reports, and only
    reads. `keeps_catalog` says that the actor may add and change exams and objectives, too.
    """
    bank = FORMATS[wish.format].read(data)
    total = len(bank.questions)
    yield Progress("read", total, total)
    key = _key(bank, wish.exam_id)
    with within(DEADLINE_S):
        reads = [exams.read(key), objectives.read(key), _known(key, bank)]
        earlier, exam, named, known = db.fetch([once.lookup(), *reads])
        if replay := once.replay(earlier):
            return replay
        known_exam, there = exam.first(exams.Known), named.all(objectives.Known)
        _check_exam(bank, wish, known_exam)
        bank = catalog.checked(bank, known_exam, there, keeps_catalog=keeps_catalog)
        made = Plan(bank.problems, bank.losses, FORMATS[wish.format].carried, wish.review_status, wish.by_another)
        made.catalog = catalog.plan(bank, there)
        pairs = _matched(bank, made, known.all(matching.Known))
        for done in _compare(pairs, made, keeps_catalog=keeps_catalog):
            yield Progress("compared", done, total)
        made.catalog.keep({row["objective"] for row in (*made.created, *made.changed)})
        new = [item for item, row in pairs if row is None]
        if known_exam is not None:  # one that is not there yet has no questions to look for
            _look_for_missing(key, made, pairs, wish)
        made.warnings += catalog.warnings(bank, made.catalog)
        made.warnings += resemblance.warnings(None if known_exam is None else key, new)
        made.refuse()
        usable = not made.problems or (wish.partial and not made.unusable_file)
        report = made.report(applied=usable)
        if wish.dry_run:
            return Receipt(report, replayed=False)
        if not usable:
            raise Invalid("nothing was imported: mend every error, or import the other questions as partial", **report)
        receipt = _write(_steps(key, bank, known_exam, made, actor), key, made, once)
    yield Progress("written", total, total)
    return receipt


def _key(bank: Bank, exam_id: int | None) -> Key:
    """The exam that the file names, or else the one that the caller names."""
    if bank.exam is None:
        return {"exam": exam_id, "vendor": None, "code": None}
    return {"exam": None, "vendor": bank.exam.vendor, "code": bank.exam.code}


def _known(key: Key, bank: Bank) -> Statement:
    names = [question.external_id for question in bank.questions if question.external_id is not None]
    return stored.read_known(key, [content.text_digest(question) for question in bank.questions], names)


def _check_exam(bank: Bank, wish: Options, known: exams.Known | None) -> None:
    """Raise unless exactly one of the file and the caller names the exam, and it is not retired."""
    exam_id = wish.exam_id
    if known is not None and not known["is_active"]:
        raise exams.retired()
    if bank.exam is not None:
        if exam_id is not None:
            raise invalid("exam_id", f"A {wish.format} file names its own exam.")
        return
    if exam_id is None and not any(problem.item == 0 for problem in bank.problems):
        raise invalid("exam_id", "Say which exam these questions are for.")
    if exam_id is not None and known is None:
        raise NotFound("no such exam")


def _matched(bank: Bank, made: Plan, known: Sequence[matching.Known]) -> list[Pair]:
    items = list(content.gradable(bank.questions, made.catalog.codes, made.problems))
    different, repeated = content.distinct(items, {row["external_id"] for row in known} - {None}, made.problems)
    made.losses += repeated
    made.outcomes += outcomes.repeated(repeated)
    return matching.match(different, known, made.problems)


def _compare(pairs: Sequence[Pair], made: Plan, *, keeps_catalog: bool) -> Iterator[int]:
    """Plan what becomes of each item; how many are done, chunk by chunk."""
    done, added = 0, {row["code"] for row in made.catalog.new}
    for chunk in stored.chunks(pairs):
        ids = [row["id"] for _, row in chunk if row is not None]
        there = db.fetch([stored.read_stored(ids)])[0].all(stored.Stored) if ids else []
        rows = {row["id"]: row for row in there}
        for item, known in chunk:
            homeless = "objective" not in item.states and item.content["objective"] in added
            if known is None and homeless and not keeps_catalog:
                made.problems.append(Problem(item.item, item.line, catalog.not_yours(catalog.GENERAL)))
            elif known is None:
                made.create(item)
            elif row := rows.get(known["id"]):
                made.compare(item, row)
            else:
                raise stored.overtaken()
        done += len(chunk)
        yield done


def _look_for_missing(key: Key, made: Plan, pairs: Sequence[Pair], wish: Options) -> None:
    """Plan what becomes of the exam's questions that are not in the file. None is retired for a file with errors."""
    if wish.missing == "ignore" or not pairs:
        return
    there = [row["id"] for _, row in pairs if row is not None]
    read = stored.read_missing(key, there, MAX_MISSING + 1)
    made.missing = [row["id"] for row in db.fetch([read])[0].rows]
    if len(made.missing) > MAX_MISSING and wish.missing == "retire":
        raise invalid("missing", f"More than {MAX_MISSING:,} questions would be retired: that is another exam's file.")
    del made.missing[MAX_MISSING:]
    if wish.missing == "report":
        return
    if made.problems:
        made.warnings.append(Problem(0, None, "nothing is retired, since the file has errors"))
        return
    made.retired = made.missing
    made.catalog.retire()


def _steps(key: Key, bank: Bank, known: exams.Known | None, made: Plan, actor: Actor) -> list[Statement | Guard]:
    written: list[Statement | Guard] = []
    if bank.exam is not None:
        written += exams.put(key, bank.exam.name, known, actor)
    written.append(exams.open_to_imports(key))
    written += objectives.put(key, made.catalog.new, made.catalog.changed, actor)
    if made.created or made.changed or made.retired:
        counts = made.report(applied=True)
        told = {name: counts[name] for name in ("imported", "updated", "skipped")} | {"retired": len(made.retired)}
        log = audit.entries(actor, "question.import", "exam", _LOG_IMPORT, {**key, "counts": dumps(told)})
        written += [*storing.put(key, made.created, made.changed, actor), *storing.retire(made.retired, actor)]
        written += [questions.recount(key), log]
    return written


def _write(written: list[Statement | Guard], key: Key, made: Plan, once: Once) -> Receipt:
    """Apply the batch. Conflict where somebody else has added the same rows since they were read, and where a server
    has ended it: it does so after five seconds, if others wait to write.
    """
    report = made.report(applied=True)
    digests = iter(made.created)
    created = [next(digests)["content_digest"] if one["outcome"] == "created" else None for one in report["items"]]
    try:
        return once.write(written, _REPORT, (dumps(created), dumps(report), *key.values()))
    except peewee.IntegrityError as error:
        if not isinstance(errors.cause(error), errors.Unique):
            raise
        raise stored.overtaken() from None
    except peewee.OperationalError as error:
        if not isinstance(errors.cause(error), errors.StreamExpired):
            raise
        raise Conflict("others waited too long for these changes, and nothing was imported: send it in parts") from None
