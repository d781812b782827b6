"""What the columns of a row say together, and a row with the rows it refers to: each alone may be right.

An answer in the session of another person is counted there; a question under an objective of another exam is asked for
that exam; more right answers than answers give a share above one.
"""

import string
from collections.abc import Callable
from dataclasses import dataclass

from migrations.adoption import case
from migrations.adoption.case import Case, Context
from migrations.adoption.examined import Examined
from migrations.adoption.target import Column

# A function that makes SQL: whether a row of a table, with this SQL as its id, exists and stays.
Known = Callable[[str, str], str]


@dataclass(frozen=True, slots=True)
class Check:
    """`wrong` is SQL over the old row; of the `cases` the first that holds is applied, and the last one blocks."""

    column: Column
    wrong: str
    cases: list[Case]


@dataclass(frozen=True, slots=True)
class _Rule:
    """SQL templates: {column} is a value of the row as it will be. The mend applies where `when` holds as well."""

    table: str
    column: str
    why: str
    wrong: str
    mend: str
    value: str
    when: str = "1"


def _at_most(table: str, part: str, whole: str) -> _Rule:
    return _Rule(table, part, f"more than {whole}", f"{{{part}}} > {{{whole}}}", "clamp", f"{{{whole}}}")


def _of_other(column: str, table: str) -> _Rule:
    """An answer in a session, or an attempt, that is not of its person, or not of the exam of its question."""
    exam = "(SELECT q.exam_id FROM questions q WHERE q.id = {question_id})"
    other = f"CAST(s.user_id AS INTEGER) <> {{user_id}} OR s.exam_id <> {exam}"
    wrong = f"EXISTS (SELECT 1 FROM {table} s WHERE s.id = {{{column}}} AND ({other}))"
    return _Rule("user_answers", column, "of another person or exam", wrong, "foreign-null", "NULL")


def _ids(table: str) -> _Rule:
    listed = "json_each(iif(json_valid({question_ids}), {question_ids}, '[]')) e"
    kept = f"SELECT json_group_array(value) FROM (SELECT e.value FROM {listed} WHERE {{known_question}} ORDER BY e.key)"
    wrong = f"EXISTS (SELECT 1 FROM {listed} WHERE NOT {{known_question}})"
    return _Rule(table, "question_ids", "ids that no question has", wrong, "known-ids", f"({kept})")


_CHOSEN = "{selected_answer}"
_CHOSEN_LIST = f"iif(json_valid({_CHOSEN}), {_CHOSEN}, '{{{{}}}}')"
_NO_TEXT = f"EXISTS (SELECT 1 FROM json_each({_CHOSEN_LIST}) WHERE type <> 'text')"
_OWN = "SELECT min(o.id) FROM objectives o WHERE CAST(o.exam_id AS INTEGER) = {exam_id} AND {known_objective}"
_RULES = (
    _at_most("questions", "correct_attempts", "total_attempts"),
    _at_most("study_sessions", "correct_answers", "total_questions"),
    _at_most("user_progress", "total_correct", "total_questions_seen"),
    _at_most("user_progress", "total_incorrect", "total_questions_seen"),
    _at_most("user_progress", "unique_questions_seen", "total_questions_seen"),
    _at_most("user_progress", "tests_passed", "tests_taken"),
    _Rule(
        "objectives", "parent_id", "of another exam",
        "(SELECT CAST(p.exam_id AS INTEGER) FROM objectives p WHERE p.id = {parent_id}) <> {exam_id}",
        "foreign-null", "NULL",
    ),
    _Rule(
        "questions", "objective_id", "of another exam",
        "(SELECT CAST(o.exam_id AS INTEGER) FROM objectives o WHERE o.id = {objective_id}) <> {exam_id}",
        "own-objective", f"({_OWN})", f"({_OWN}) IS NOT NULL",
    ),
    _of_other("study_session_id", "study_sessions"),
    _of_other("test_attempt_id", "test_attempts"),
    _ids("study_sessions"),
    _ids("test_attempts"),
    _Rule(
        "user_answers", "selected_answer", "begins with [ and is not a JSON list of texts",
        f"substr({_CHOSEN}, 1, 1) = '[' AND (json_type({_CHOSEN_LIST}) <> 'array' OR {_NO_TEXT})",
        "answer-list",
        f"CASE WHEN json_type({_CHOSEN_LIST}) = 'array'"
        f" THEN (SELECT json_group_array(CAST(value AS TEXT)) FROM json_each({_CHOSEN_LIST}))"
        f" ELSE json_array({_CHOSEN}) END",
    ),
)  # fmt: skip


def checks(examined: Examined, context: Context, known: Known) -> list[Check]:
    """The checks of a table, for those columns that it has had before."""
    columns = {column.name: column for column in examined.wanted.columns}
    given = {
        **examined.values,
        "known_question": known("questions", "e.value"),
        "known_objective": known("objectives", "o.id"),
    }
    return [
        _check(rule, columns[rule.column], given, context)
        for rule in _RULES
        if rule.table == examined.wanted.name and _named(rule) <= given.keys()
    ]


def _named(rule: _Rule) -> set[str]:
    """The columns that the templates of a rule name."""
    parts = string.Formatter().parse(f"{{{rule.column}}}{rule.wrong}{rule.value}{rule.when}")
    return {name for _, name, _, _ in parts if name}


def _check(rule: _Rule, column: Column, given: dict[str, str], context: Context) -> Check:
    wrong = f"coalesce(({rule.wrong.format_map(given)}), 0)"
    when = f"({wrong}) AND ({rule.when.format_map(given)})"
    mended = Case(rule.mend, when, rule.value.format_map(given), "1")
    return Check(column, wrong, case.breach(rule.why, wrong, given[rule.column], [mended], context))
