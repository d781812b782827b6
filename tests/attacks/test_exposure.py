"""OWASP API3, property level, on the way out: which columns the answers of each operation show, and no others.

A text of its own is planted into every column that can hold one, so that it is seen wherever it comes out. A column
that an answer newly shows fails here until somebody has thought about it and put it into SHOWN.
"""

import re
from collections.abc import Iterator
from typing import Any

import peewee
from flask.testing import FlaskClient

from shared_schema.database import Statement
from shared_schema.fields import JSONField
from shared_schema.tables import OWNERS
from tests import damage
from tests.conftest import client
from tests.contract import calls, people
from tests.contract.calls import Call
from tests.contract.people import People

# The log, which admins read, and what is not shown by any query of its own.
_UNREAD = {"audit_log", "audit_seals", "receipts", "idempotency_keys", "forgotten_keys"}
_UNREAD |= {"consistency_clock", "deployments"}
# Never changed; what is planted into a profile is in its next version.
_UNREAD |= {"voice_profile_versions"}
# Texts that must stay what they are, or the row cannot be used.
_WORDS = {"users.timezone", "users.preferred_language", "growth_metrics.date", "user_progress.last_study_date"}
_WORDS |= {
    "user_progress.streak_day",
    "user_answers.selected_answer",
    "revocations.key",
    "ai_generation_log.request_id",
}
# Texts deep in a JSON column, by the SQL that plants them.
_DEEP = {
    "questions.answers": "json_set(answers, '$[0].explanation', {})",
    "question_versions.answers": "json_set(answers, '$[0].explanation', {})",
    "users.permissions": "json_array({})",
    "ai_generation_log.usage": "json_object('note', {})",
}
_PLANTED = re.compile(r"planted\.(\w+\.\w+)\.(\w+)\.")


def _columns(table: str, *names: str) -> set[str]:
    return {f"{table}.{name}" for name in names}


EXAM = _columns("exams", "vendor_id", "code", "name", "description", "version", "prerequisites")
OBJECTIVE = _columns("objectives", "code", "name", "description")
EXPLAINED = _columns("questions", "explanation", "reference")
QUESTION = EXPLAINED | _columns("questions", "text", "answers", "external_link", "image_url")
FEEDBACK = _columns("questions", "review_feedback")
MODERATED = QUESTION | FEEDBACK | _columns("questions", "ai_model", "ai_prompt_version", "external_id")
SERVED = _columns("questions", "text", "image_url")
PERSON = _columns("users", "email", "name")
ME = _columns("own users", "email", "name", "picture")
ACCOUNT = _columns("twitter_accounts", "username", "display_name")
AUTHOR = _columns("twitter_accounts", "username")
TWEET = _columns(
    "tweets", "text", "conversation_id", "replied_to_id", "replied_to_account_id", "quoted_id", "language", "chain_id",
    "superseded_by", "unavailable",
)  # fmt: skip
DRAFT = _columns("engagement_opportunities", "suggested_response", "ai_model_used")
OUTCOME = _columns("engagement_opportunities", "failure_reason", "reject_reason", "result_tweet_id")
VOICE = _columns("voice_profiles", "name", "description", "tone")
CALL = _columns(
    "ai_generation_log", "purpose", "model", "provider", "error_message", "price_source", "service_tier", "response_id",
    "tweet_id", "opportunity_id",
)  # fmt: skip
OUTCOME = _columns(
    "engagement_opportunities",
    *("failure_reason", "reject_reason", "result_tweet_id", "decided_by", "flagged", "expired_reason"),
)
# By operation; what a request has just set itself is not in it.
SHOWN: dict[str, dict[str, set[str]]] = {
    "study": {
        "getMe": ME,
        "changeMe": ME - {"own users.name"},
        "listUsers": PERSON | ME - {"own users.picture"},
        "changeUser": PERSON,
        "listExams": EXAM,
        "getExam": EXAM,
        "changeExam": EXAM - {"exams.name"},
        "listObjectives": OBJECTIVE,
        "changeObjective": OBJECTIVE,
        "listQuestions": MODERATED,
        "listQueue": MODERATED,
        "exportQuestions": EXPLAINED
        | _columns("questions", "text", "answers", "external_id", "ai_model", "ai_prompt_version")
        | _columns("exams", "vendor_id", "code", "name")
        | OBJECTIVE,
        "listLosses": _columns("questions", "external_link", "image_url"),  # which are no addresses, planted
        "getQuestion": MODERATED,
        "reviewQuestion": MODERATED - FEEDBACK,
        "editQuestion": MODERATED,
        "restoreQuestion": MODERATED - FEEDBACK,
        "listVersions": QUESTION | _columns("questions", "ai_model", "ai_prompt_version"),
        "pickQuestions": SERVED,
        "listDue": SERVED,
        "listQuestionStatistics": _columns("questions", "text") | _columns("objectives", "name"),
        "startSession": SERVED,
        "getSession": SERVED,
        "putBookmark": _columns("questions", "text"),
        "listBookmarks": _columns("questions", "text"),
        "listFlags": _columns("question_flags", "comment", "note"),
        "listOwnFlags": _columns("question_flags", "comment", "note"),
        "answerQuestion": EXPLAINED,
        "startTest": SERVED,
        "getTest": SERVED,
        "submitTest": _columns("test_results", "grading_rule"),
        "regradeTest": _columns("test_results", "grading_rule"),
        "getResult": SERVED | EXPLAINED | _columns("test_results", "grading_rule"),
        "answerQuestions": EXPLAINED,
        "listProgress": _columns("exams", "code", "name"),
        "getProgress": _columns("exams", "code", "name") | _columns("objectives", "code", "name"),
    },
    "growth": {
        "listAccounts": ACCOUNT | _columns("twitter_accounts", "bio", "unavailable"),
        "putAccount": _columns("twitter_accounts", "unavailable"),
        "getAccount": ACCOUNT | _columns("twitter_accounts", "bio", "unavailable"),
        "listTweets": AUTHOR | TWEET,
        "listVoices": VOICE,
        "getVoice": VOICE,
        "getActiveVoice": VOICE,
        "listVoiceVersions": VOICE,
        "getTweet": ACCOUNT | TWEET | _columns("twitter_accounts", "bio", "unavailable"),
        "putAnalysis": TWEET - {"tweets.unavailable"},
        "listOpportunities": ACCOUNT | DRAFT | OUTCOME | _columns("tweets", "text", "replied_to_id"),
        "getOpportunity": ACCOUNT | DRAFT | OUTCOME | _columns("tweets", "text", "replied_to_id"),
        "getCosts": _columns("ai_generation_log", "purpose", "model") | _columns("ai_cost_slots", "purpose", "model"),
        "listGenerations": CALL,
        "getGeneration": CALL,
        "listBudgets": _columns("ai_budgets", "purpose"),
        "getBudget": _columns("ai_budgets", "purpose"),
        "listHolds": _columns("ai_holds", "request_id"),
        "getHold": _columns("ai_holds", "request_id"),
        "settleHold": _columns("ai_holds", "request_id"),
    },
}


# For the lowest of the learners; a test of theirs need not have every question.
_ALL_DUE = """
    INSERT INTO memory_states SELECT 2, id, exam_id, 1, 5, 'review', 0, 0, 1, 0, 1, 0 FROM questions WHERE true
    ON CONFLICT DO UPDATE SET due_at = 0
"""


def plantings() -> Iterator[tuple[str, Statement]]:
    """Each column that can hold any text, and the statement that plants one into all of its rows."""
    for model in (model for models in OWNERS.values() for model in models):
        table = model._meta.table_name
        for field in model._meta.sorted_fields:
            name = f"{table}.{field.column_name}"
            row = "id" if table == "users" else "hex(randomblob(4))"
            text = f"'planted.{name}.' || {row} || '.'"
            if name in _DEEP:
                yield name, Statement(f"UPDATE {table} SET {field.column_name} = {_DEEP[name].format(text)}")
            elif table not in _UNREAD and name not in _WORDS and _is_free(field):
                yield name, Statement(f"UPDATE {table} SET {field.column_name} = {text}")


def _is_free(field: peewee.Field) -> bool:
    """Whether a column can have any text."""
    bound = any(
        re.search("CHECK|REFERENCES|GENERATED", str(getattr(sql, "sql", sql))) for sql in field.constraints or ()
    )
    plain = isinstance(field, peewee.TextField) and not isinstance(field, JSONField)
    return plain and not field.primary_key and not bound


LOWEST = (("2", "user"), ("3", "moderator"), ("growth-bot", "service"), ("4", "admin"))


def requests(call: Call, values: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The example, about something that is there, and two requests that are refused."""
    path = {name: values.get(name, value) for name, value in call.values.items()}
    yield {"path": path}
    yield {"path": path, "json": {"surprise": 1}} if call.kind else {"path": path, "query_string": {"surprise": 1}}
    yield {"path": dict.fromkeys(path, 999_999)}


def lowest(crowd: People, call: Call) -> tuple[FlaskClient, str]:
    """Somebody of the lowest role that may make a call, and their subject."""
    subject, role = next((pair for pair in LOWEST if pair[1] in call.doc["description"]), ("", ""))
    return (client(crowd.app, subject, role) if role else crowd.app.test_client()), subject


def walk(crowd: People, listed: list[Call], values: dict[str, Any]) -> dict[str, set[str]]:
    """The planted columns that came out of each operation, for the lowest of the roles that may call it."""
    shown: dict[str, set[str]] = {}
    for call in sorted(listed, key=lambda call: call.method != "get"):
        caller, subject = lowest(crowd, call)
        for request in requests(call, values):
            response = call.send(caller, **request)
            text = f"{response.get_data(as_text=True)} {response.headers}"
            for column, row in _PLANTED.findall(text):
                own = "own " if column.startswith("users.") and row == subject else ""
                shown.setdefault(call.name, set()).add(own + column)
    return shown


def test_answers_show_the_columns_that_they_are_meant_to_show(crowd: People, document: dict[str, Any]) -> None:
    listed = list(calls.of(document))
    values: dict[str, Any] = {}
    if crowd.service == "study":
        crowd.app.test_client().post("/api/auth/google", json={"credential": crowd.issuer.token()})
        crowd.database.batch([Statement(_ALL_DUE)])
    else:
        values = {"opportunityId": people.leased(crowd, "quote")["id"]}
        people.opportunity(crowd, "follow")  # one that waits, for the list
    for call in listed:
        if call.method in ("post", "put") and "retire" not in call.name:
            call.send(lowest(crowd, call)[0])
    planted = dict(plantings())
    assert len(planted) > 40
    crowd.database.batch(damage.without_triggers(list(planted.values())))
    shown = walk(crowd, [call for call in listed if call.method != "delete"], values)
    assert shown == SHOWN[crowd.service]
