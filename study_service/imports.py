"""Question bank files into the database: all of a file or nothing, and the same file twice changes nothing."""

from collections.abc import Callable
from dataclasses import dataclass

import peewee

from shared_schema import audit
from shared_schema.audit import Actor
from shared_schema.database import Guard, Statement, errors
from shared_schema.fields import dumps
from shared_schema.idempotency import Once, Receipt
from shared_schema.problems import Conflict, Invalid, NotFound, invalid
from shared_schema.tables import db
from study_service import exams, import_catalog, import_plan, import_questions, objectives, questions
from study_service.banks import gift, pingtopass
from study_service.banks.bank import Bank
from study_service.exams import Key
from study_service.import_plan import Plan

READERS: dict[str, Callable[[bytes], Bank]] = {"pingtopass": pingtopass.read, "gift": gift.read}

_LOG_IMPORT = f"SELECT {exams.NAMED} AS id, NULL AS old, :counts AS new"


@dataclass(frozen=True, slots=True)
class Options:
    """`format` is one of READERS.

    Without a `review_status` new and changed questions become pending, and unchanged ones keep what they have.
    """

    format: str
    exam_id: int | None = None
    review_status: str | None = None
    dry_run: bool = False
    partial: bool = False


def run(data: bytes, options: Options, actor: Actor, once: Once, *, keeps_catalog: bool) -> Receipt:
    """Import a file: one read, one batch. The receipt is the report.

    Any problem stops the whole import (Invalid, with the report) unless `partial`; a dry run always reports, and only
    reads. `keeps_catalog` says that the actor may add and change exams and objectives, too.
    """
    bank = READERS[options.format](data)
    key = _key(bank, options.exam_id)
    reads = [exams.read(key), objectives.read(key), import_questions.read(key, import_plan.text_digests(bank))]
    earlier, exam, named, known = db.fetch([once.lookup(), *reads])
    if replay := once.replay(earlier):
        return replay
    stored = exam.first(exams.Known)
    _check_exam(bank, options, stored)
    there = named.all(objectives.Known)
    bank = import_catalog.checked(bank, stored, there, keeps_catalog=keeps_catalog)
    plan = import_plan.make(bank, there, known.all(import_questions.Known), options.review_status)
    usable = not plan.problems or (options.partial and not plan.unusable_file)
    report = plan.report(applied=usable)
    if options.dry_run:
        return Receipt(report, replayed=False)
    if not usable:
        raise Invalid("nothing was imported: mend every error, or import the other questions as partial", **report)
    return _write(_steps(key, bank, stored, plan, actor), dumps(report), once)


def _key(bank: Bank, exam_id: int | None) -> Key:
    """The exam that the file names, or else the one that the caller names."""
    if bank.exam is None:
        return {"exam": exam_id, "vendor": None, "code": None}
    return {"exam": None, "vendor": bank.exam.vendor, "code": bank.exam.code}


def _check_exam(bank: Bank, options: Options, stored: exams.Known | None) -> None:
    """Raise unless exactly one of the file and the caller names the exam, and it is not retired."""
    exam_id = options.exam_id
    if stored is not None and not stored["is_active"]:
        raise exams.retired()
    if bank.exam is not None:
        if exam_id is not None:
            raise invalid("exam_id", f"A {options.format} file names its own exam.")
        return
    if exam_id is None and not import_plan.unusable(bank.problems):
        raise invalid("exam_id", "Say which exam these questions are for.")
    if exam_id is not None and stored is None:
        raise NotFound("no such exam")


def _steps(key: Key, bank: Bank, stored: exams.Known | None, plan: Plan, actor: Actor) -> list[Statement | Guard]:
    steps: list[Statement | Guard] = []
    if bank.exam is not None:
        steps += exams.put(key, bank.exam.name, stored, actor)
    steps.append(exams.open_to_imports(key))
    steps += objectives.put(key, plan.new_objectives, plan.changed_objectives, actor)
    if plan.inserts or plan.updates:
        counts = {"imported": len(plan.inserts), "updated": len(plan.updates), "skipped": plan.skipped}
        log = audit.entries(actor, "question.import", "exam", _LOG_IMPORT, {**key, "counts": dumps(counts)})
        steps += [*import_questions.put(key, plan.inserts, plan.updates, actor), questions.recount(key), log]
    return steps


def _write(steps: list[Statement | Guard], report: str, once: Once) -> Receipt:
    """Apply the batch. Conflict where somebody else has added the same rows since they were read."""
    try:
        return once.write(steps, "json(?)", (report,))
    except peewee.IntegrityError as error:
        if not isinstance(errors.cause(error), errors.Unique):
            raise
        raise Conflict("the exam was changed meanwhile: send the file again") from None
