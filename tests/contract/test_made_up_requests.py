"""Requests that schemathesis makes up from the documents, with all of its checks: single ones, and chains by the links.

Its coverage phase tries the limits of each parameter and body, missing and wrong tokens and other methods; its stateful
phase makes things, then reads, changes and deletes them, and looks whether they are gone.
"""

from collections.abc import Iterator

import pytest
import schemathesis
from flask import Flask
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema
from schemathesis.schemas import BaseSchema

from shared_schema.database import LibsqlDatabase
from shared_schema.web.auth import ANYONE, admission_of
from tests.contract import calls, people
from tests.contract.calls import Call
from tests.contract.people import People
from tests.contract.serving import served
from tests.servers.issuer import Issuer

EXAMPLES = {"file": 3, "server": 1, "replica": 1}

# How a request that is not valid is refused. 413: more than a list may have is more than a body may have, too.
REFUSED = ["400", "401", "403", "404", "405", "406", "409", "413", "415", "422", "428", "429", "5xx"]

# A check that is wrong in principle for an operation, by schemathesis' name for it, and why.
_FILE = {"positive_data_acceptance": "what a file has to be is told by its format, not by a schema"}
_AMONG = {"positive_data_acceptance": "no schema says which ids exist, or that one value is not above another"}
_REUSED = {"positive_data_acceptance": "no schema says that a requestId is new, or which token counts a provider has"}
_TOGETHER = {"positive_data_acceptance": "no schema says that entityType and entityId come together"}
_NAMED = {"allow_header_conformance": "an opportunity whose id is `claim` or `counts` would have this path, too"}
_WEIGHED = {"positive_data_acceptance": "no schema says which posts can be answered, or what X counts of a text"}
_EACH = {"negative_data_rejection": "an answer that is not valid has an outcome of its own in an answer with 200"}
_SHARES = {"positive_data_acceptance": "no schema says that the names of shares are 1 to 5, nor that one is above 0"}
_OPTIONS = {"positive_data_acceptance": "no schema says which options each type of question has"}
_CONTRADICTS = {"positive_data_acceptance": "no schema says that no word is both preferred and avoided"}
EXCLUDED: dict[str, dict[str, str]] = {
    "addExam": _SHARES,
    "changeExam": _SHARES,
    "claimOpportunities": _NAMED,
    "decideOpportunities": _NAMED | {"positive_data_acceptance": "no schema says that only a rejection has a reason"},
    "countOpportunities": _NAMED,
    "addOpportunity": _WEIGHED,
    "editOpportunity": _WEIGHED,
    "getCosts": _AMONG,
    "listGenerations": _AMONG,
    "listTweets": _AMONG,
    "importQuestions": _FILE,
    "ingestAccounts": _FILE,
    "ingestTweets": _FILE,
    "answerQuestion": _AMONG,
    "answerQuestions": _EACH,
    "getRequest": {"positive_data_acceptance": "a key that may be too old cannot be told about, valid as it is"},
    "changeMe": _AMONG,
    "addQuestion": _OPTIONS,
    "deleteQuestion": {"positive_data_acceptance": "no schema says what state a question is in"},
    "editQuestion": _AMONG,
    "pickQuestions": _AMONG,
    "listQuestionStatistics": _AMONG,
    "startSession": _AMONG,
    "startTest": _AMONG,
    "saveChoice": _AMONG,
    "listOpportunities": _AMONG,
    "putMetric": _AMONG,
    "getAnalytics": _AMONG,
    "listSignUps": _AMONG,
    "downloadSignUps": _AMONG,
    "reportExecuted": _AMONG,
    "reconcileOpportunity": _AMONG,
    "addVoice": _CONTRADICTS,
    "replaceVoice": _CONTRADICTS,
    "changeVoice": _CONTRADICTS,
    "deleteVoice": {"positive_data_acceptance": "no schema says what state a profile is in"},
    "recordGenerations": _REUSED,
    "putBudget": {"positive_data_acceptance": "no schema says which texts are names"},
    "listAuditEntries": _TOGETHER,
}


@pytest.mark.parametrize(
    ("service", "role"), [("study", "admin"), ("study", ANYONE), ("growth", "service"), ("growth", "admin")]
)
def test_no_check_fails(
    service: str, role: str, door: Flask, growth_app: Flask, database: LibsqlDatabase, issuer: Issuer, mode: str
) -> None:
    crowd = People(door if service == "study" else growth_app, database, issuer)
    people.prepare(crowd)
    listed = list(calls.of(crowd.app.test_client().get("/openapi.json").json or {}))
    mine = [call for call in listed if crowd.role_of(call) == role]
    token = _token(crowd, role)
    with served(crowd.app) as (url, _):
        config = _config(crowd, listed, role, token, mode)
        failures, tried = _run(schemathesis.openapi.from_url(f"{url}/openapi.json", config=config))
    assert failures == {}
    assert {f"{call.method.upper()} {call.path}" for call in mine} - tried == set()
    if token:  # with one that counts no longer, every request would have been refused
        admission_of(crowd.app).token(token["Authorization"].removeprefix("Bearer "))


def _token(crowd: People, role: str) -> dict[str, str]:
    """The header with a new token of this role."""
    header = crowd.role(role).environ_base.get("HTTP_AUTHORIZATION")
    return {"Authorization": header} if header else {}


def _config(crowd: People, listed: list[Call], role: str, token: dict[str, str], mode: str) -> SchemathesisConfig:
    other = _token(crowd, role)
    operations: list[dict[str, object]] = [
        {
            "include-operation-id": call.name,
            "enabled": crowd.role_of(call) == role,
            "headers": other if call.name == "signOut" else token,  # it ends its token
            "checks": {check: {"enabled": False} for check in EXCLUDED.get(call.name, {})},
        }
        for call in listed
    ]
    generation = {"max-examples": EXAMPLES[mode], "deterministic": True, "no-shrink": True, "database": "none"}
    settings = {
        "cache": {"enabled": False},
        "generation": generation,
        "headers": token,
        "checks": {
            "negative_data_rejection": {"expected-statuses": REFUSED},
            "missing_required_header": {"expected-statuses": REFUSED},
        },
        "operations": operations,
        "phases": {"coverage": {"enabled": mode == "file"}, "stateful": {"enabled": role != ANYONE}},  # none has links
    }
    return SchemathesisConfig.from_dict(settings)


def _run(schema: BaseSchema) -> tuple[dict[str, str], set[str]]:
    """The checks that failed, with an example of each, and the operations that were tried."""
    failures: dict[str, str] = {}
    tried: set[str] = set()
    for event in from_schema(schema).execute():
        if isinstance(event, events.NonFatalError | events.FatalError):
            failures[str(event)] = ""
        if isinstance(event, events.ScenarioFinished):
            tried.add(event.label or "")
            failures |= dict(_failed(event))
    return failures, tried


def _failed(event: events.ScenarioFinished) -> Iterator[tuple[str, str]]:
    for case, checks in event.recorder.checks.items():
        for check in checks:
            if check.failure_info is not None:
                sent = event.recorder.interactions[case].request
                text = f"{check.failure_info.failure.message}: {sent.method} {sent.uri} {sent.body!r}"
                yield f"{check.name} of {event.phase} for {event.label}", text[:1000]
