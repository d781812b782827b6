"""The case api-idempotency-race: one key in twenty requests at once, on two workers; and a connection that is lost."""

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import urllib3

from shared_schema.database import LibsqlDatabase, Statement
from shared_schema.web import tokens
from tests.faults.conftest import Connect, Sqld
from tests.faults.hosts import KEYS, Service
from tests.faults.test_killed import ADMIN, BANK, people
from tests.servers import HOST, Proxy


def _bank(service: Service, database: LibsqlDatabase) -> str:
    people(database)
    path = "/api/questions/import?format=pingtopass&reviewStatus=approved"
    assert service.call("POST", path, user=ADMIN, role="admin", body=BANK).status == 200
    (option,) = database.execute_sql("SELECT answers->0->>'id' FROM questions WHERE id = 1").fetchone()
    return str(option)


def _count(database: LibsqlDatabase, table: str = "user_answers") -> int:
    return database.fetch([Statement(f"SELECT count(*) FROM {table}")], fresh=True)[0].value(int)


def test_of_twenty_requests_with_one_key_one_is_carried_out(server: Sqld, connect: Connect, tmp_path: Path) -> None:
    database = connect(server)
    with Service(server.url, server.token, tmp_path / "service.log") as service:
        option = _bank(service, database)
        body = {"questionId": 1, "selectedAnswer": option, "timeSpentSeconds": 3}

        def send(n: int) -> Any:
            turned = body if n % 2 else dict(reversed(body.items()))
            return service.call("POST", "/api/study/answer", user=1, body=turned, key="one")

        with ThreadPoolExecutor(20) as pool:
            responses = list(pool.map(send, range(20)))
        assert Counter(response.status for response in responses) == {200: 20}
        assert len({response.data for response in responses}) == 1
        replayed = [response.headers.get("Idempotency-Replayed") for response in responses]
        assert Counter(replayed) == {None: 1, "true": 19}
        assert (_count(database), _count(database, "receipts WHERE key = 'one'")) == (1, 1)
        other_user = service.call("POST", "/api/study/answer", user=2, body=body, key="one")
        assert (other_user.status, other_user.headers.get("Idempotency-Replayed")) == (200, None)
        session = {"examId": 1}
        assert service.call("POST", "/api/study/sessions", user=1, body=session, key="one").status == 409
        wrong = service.call("POST", "/api/study/answer", user=1, body=body | {"timeSpentSeconds": -1}, key="two")
        assert wrong.status == 422
        assert service.call("POST", "/api/study/answer", user=1, body=body, key="two").status == 200


def _send(port: int, body: Any, key: str) -> None:
    headers = {"Authorization": f"Bearer {tokens.mint(KEYS, 'study', '1', 'user', ttl_s=3600)}"}
    headers |= {"Content-Type": "application/json"} | ({"Idempotency-Key": key} if key else {})
    pool = urllib3.HTTPConnectionPool(HOST, port)
    pool.urlopen("POST", "/api/study/answers", json.dumps(body), headers, retries=False)


def test_a_batch_whose_answer_was_lost_has_its_first_result(server: Sqld, connect: Connect, tmp_path: Path) -> None:
    """The client's connection ends when the service has the request; the same is sent again, with and without a key."""
    database = connect(server)
    with Service(server.url, server.token, tmp_path / "service.log") as service, Proxy(service.port) as between:
        option = _bank(service, database)
        item = {"questionId": 1, "selectedAnswer": option, "timeSpentSeconds": 3, "answeredAt": "2026-11-20T10:00:00Z"}
        for n, key in enumerate(("", "batch")):
            body = {"answers": [item | {"clientId": f"{key}-{m}", "questionId": 1 + m} for m in range(5)]}
            between.cut_after_request()
            with pytest.raises(urllib3.exceptions.HTTPError):
                _send(between.port, body, key)
            told = service.call("POST", "/api/study/answers", user=1, body=body, key=key)
            assert told.status == 200, told.data
            outcomes = told.json()["answers"]
            assert [outcome["result"]["attemptNumber"] for outcome in outcomes] == [1 + n] * 5
            assert _count(database) == 5 * (1 + n)
            if not key:
                assert {outcome["status"] for outcome in outcomes} == {"replayed"}
            else:
                assert told.headers["Idempotency-Replayed"] == "true"
                assert {outcome["status"] for outcome in outcomes} == {"recorded"}
                assert told.json() == service.call("GET", f"/api/requests/{key}", user=1).json()["body"]
