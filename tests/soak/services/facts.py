"""What the primary has after a soak, compared with what the services have acknowledged."""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

from shared_schema.database import LibsqlDatabase, Statement
from tests.benchmarks.exam_bank import Bank
from tests.benchmarks.exam_graded import chosen
from tests.servers import ROOT
from tests.soak.services.people import Answer, Deeds
from tests.soak.services.stage import Stage

V = TypeVar("V")
COMMANDS = (
    ("study_service.rebuild", "--check"),
    ("growth_service.rebuild", "--check"),
    ("shared_schema.audit", "verify"),
)
_GAPS = """
    SELECT user_id, question_id, count(*) AS answers, min(attempt_number) AS first, max(attempt_number) AS last
    FROM user_answers GROUP BY user_id, question_id HAVING NOT (first = 1 AND last = answers)
"""
# What is counted must be what is there.
_TOTALS = {
    "answers of questions": ("SELECT sum(total_attempts) FROM questions", "SELECT count(*) FROM user_answers"),
    "right answers of questions": (
        "SELECT sum(correct_attempts) FROM questions",
        "SELECT sum(is_correct) FROM user_answers",
    ),
    "answers of learners": ("SELECT sum(total_questions_seen) FROM user_progress", "SELECT count(*) FROM user_answers"),
    "receipts of answers": (
        "SELECT count(*) FROM receipts WHERE receipt IS NOT NULL AND key LIKE 'answer-%'",
        "SELECT count(*) FROM user_answers",
    ),
    "costs of days": (
        "SELECT sum(cost_nanousd) FROM ai_cost_slots WHERE dimension = 'total' AND seconds = 86400",
        "SELECT sum(cost_nanousd) FROM ai_generation_log",
    ),
    "logged drafts": (
        "SELECT count(*) FROM audit_log WHERE action = 'opportunity.create'",
        "SELECT count(*) FROM engagement_opportunities",
    ),
}


@dataclass(frozen=True)
class Findings:
    """What is wrong, in sentences, and how many rows are of requests that were never acknowledged."""

    wrong: list[str]
    unheard: int


def compare(database: LibsqlDatabase, deeds: Deeds, bank: Bank) -> Findings:
    """Everything that was acknowledged is there once, as it was acknowledged, and what is counted is what is there."""
    unheard: list[object] = []
    wrong = [
        *_answers(database, deeds, bank, unheard),
        *_calls(database, deeds, unheard),
        *_drafts(database, deeds, unheard),
        *_totals(database),
    ]
    return Findings(wrong, len(unheard))


def checked(stage: Stage) -> list[tuple[int, list[str]]]:
    """What our own commands say: of each its exit code, and its name with the lines that it printed."""
    return [_run(stage, *command) for command in COMMANDS]


def _answers(database: LibsqlDatabase, deeds: Deeds, bank: Bank, unheard: list[object]) -> Iterator[str]:
    """Each acknowledged answer is there once as it was acknowledged, and no other that was not sent."""
    columns = "id, user_id, question_id, selected_answer, is_correct, attempt_number"
    rows = {row["id"]: row for row in database.fetch([Statement(f"SELECT {columns} FROM user_answers")])[0].rows}
    for graded in deeds.answers:
        row, sent = rows.pop(graded.id, None), graded.answer
        is_right = sent.chosen == bank[sent.question].right
        expected = (sent.user, sent.question, sent.chosen, is_right, graded.is_correct, graded.attempt)
        if row is None:
            yield f"lost, or acknowledged twice as one: {graded}"
        elif expected != (
            *(row["user_id"], row["question_id"], chosen(row), bool(row["is_correct"])),
            *(bool(row["is_correct"]), row["attempt_number"]),
        ):
            yield f"acknowledged {graded}, stored {row}"
    others = Counter(Answer(row["user_id"], row["question_id"], chosen(row)) for row in rows.values())
    yield from (f"nobody knows of {answer}" for answer in others - Counter(deeds.unknown))
    unheard += rows
    for row in database.fetch([Statement(_GAPS)])[0].rows:
        yield f"attempts are not counted from 1 on: {row}"


def _calls(database: LibsqlDatabase, deeds: Deeds, unheard: list[object]) -> Iterator[str]:
    rows = database.fetch([Statement("SELECT request_id, cost_nanousd FROM ai_generation_log")])[0].rows
    yield from _once("call", [(row["request_id"], row["cost_nanousd"]) for row in rows], deeds.calls, deeds, unheard)


def _drafts(database: LibsqlDatabase, deeds: Deeds, unheard: list[object]) -> Iterator[str]:
    rows = database.fetch([Statement("SELECT tweet_id, id FROM engagement_opportunities")])[0].rows
    drafted = {tweet: draft for draft, tweet in deeds.drafts.items()}
    if len(drafted) != len(deeds.drafts):
        yield "two drafts were acknowledged of one tweet"
    yield from _once("draft", [(row["tweet_id"], row["id"]) for row in rows], drafted, deeds, unheard)
    tweets = {row["id"] for row in database.fetch([Statement("SELECT id FROM tweets")])[0].rows}
    yield from (f"tweet {tweet} is lost" for tweet in deeds.tweets - tweets)


def _once(
    what: str, rows: list[tuple[str, V]], acknowledged: dict[str, V], deeds: Deeds, unheard: list[object]
) -> Iterator[str]:
    """Each that was acknowledged is there once, with its value, and no other that was not sent."""
    times = Counter(name for name, _ in rows)
    yield from (f"{what} {name} is there {count} times" for name, count in times.items() if count > 1)
    stored = dict(rows)
    for name, value in acknowledged.items():
        if stored.get(name) != value:
            yield f"{what} {name}: acknowledged {value}, stored {stored.get(name)}"
    others = stored.keys() - acknowledged.keys()
    yield from (f"nobody knows of {what} {name}" for name in others - set(map(str, deeds.unknown)))
    unheard += others


def _totals(database: LibsqlDatabase) -> Iterator[str]:
    for name, (counted, there) in _TOTALS.items():
        sums = [result.value_or_none(int) or 0 for result in database.fetch([Statement(counted), Statement(there)])]
        if sums[0] != sums[1]:
            yield f"{name}: {sums[0]} are counted, {sums[1]} are there"


def _run(stage: Stage, *command: str) -> tuple[int, list[str]]:
    env = os.environ | {"TURSO_DATABASE_URL": stage.server.url, "TURSO_AUTH_TOKEN": stage.server.token}
    ran = subprocess.run([sys.executable, "-m", *command], cwd=ROOT, env=env, capture_output=True, text=True)
    return ran.returncode, [f"{' '.join(command)}: {line}" for line in (ran.stdout + ran.stderr).splitlines()]
