"""An alert is written once per budget, period and line, and delivered until the webhook takes it."""

import hashlib
import hmac
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from growth_service import alerts, config
from growth_service.alerts import webhook
from growth_service.alerts.webhook import Refused, Webhook
from shared_schema.database import LibsqlDatabase, Statement
from shared_schema.database.settings import Settings
from shared_schema.environment import ConfigurationError
from tests.damage import logged
from tests.growth_service.conftest import just_now, stored
from tests.growth_service.spending.conftest import BUDGETS, Clock, hold, put, settle, spend
from tests.growth_service.spending.receiver import Receiver
from tests.stages import environment_of

SECRET = "a-secret-of-the-webhook-with-32-bytes"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running


@pytest.fixture
def hook(receiver: Receiver) -> Webhook:
    return Webhook(receiver.url, SECRET, allow_private=True)


def rows(database: LibsqlDatabase) -> list[dict[str, Any]]:
    query = Statement("SELECT * FROM ai_budget_alerts ORDER BY budget, period, percent")
    return database.fetch([query], fresh=True)[0].rows


def lines(database: LibsqlDatabase) -> list[int]:
    return [row["percent"] for row in rows(database)]


def test_each_line_is_crossed_once(bot: FlaskClient, budget: Any, database: LibsqlDatabase) -> None:
    spend(bot, 0.499999999, 1)
    assert lines(database) == []
    spend(bot, 0.000000001, 2)
    assert lines(database) == [50]
    spend(bot, 0.1, 3)
    assert lines(database) == [50]
    settle(bot, hold(bot, 0.01, "a").json["id"], 0.35)  # from 60 to 95
    assert lines(database) == [50, 80, 95]
    spend(bot, 5, 4)
    spend(bot, 5, 5)
    assert lines(database) == [50, 80, 95, 100]
    row = rows(database)[1]
    assert row == {
        "id": row["id"], "budget": "all", "period": budget["currentPeriod"], "percent": 80,
        "posted_nanousd": 950_000_000, "limit_nanousd": 1_000_000_000, "crossed_at": just_now(), "attempts": 0,
        "due_at": 0, "delivered_at": None, "last_error": None,
    }  # fmt: skip
    shown = bot.get(f"{BUDGETS}/all").json["alerts"]
    assert [(one["percent"], one["deliveredAt"]) for one in shown] == [(50, None), (80, None), (95, None), (100, None)]


def test_what_is_held_crosses_no_line(bot: FlaskClient, budget: Any, database: LibsqlDatabase) -> None:
    hold(bot, 1)
    assert lines(database) == []


def test_a_lower_limit_may_have_been_reached(bot: FlaskClient, approver: FlaskClient, database: LibsqlDatabase) -> None:
    spend(bot, 0.5)
    put(approver, limit=2)
    assert lines(database) == []
    put(approver, limit=0.6)
    assert lines(database) == [50, 80]
    put(approver, limit=5)
    put(approver, limit=0.6)
    assert lines(database) == [50, 80]


def test_a_new_budget_may_be_spent_already(bot: FlaskClient, approver: FlaskClient, database: LibsqlDatabase) -> None:
    spend(bot, 0.5)
    put(approver, limit=0.5)
    assert lines(database) == [50, 80, 95, 100]


def test_only_the_period_of_the_budget_has_alerts(
    bot: FlaskClient, approver: FlaskClient, database: LibsqlDatabase
) -> None:
    put(approver, period="day")
    spend(bot, 0.5)
    assert [len(row["period"]) for row in rows(database)] == [10]


def test_an_alert_is_delivered_signed_and_once(
    bot: FlaskClient, budget: Any, database: LibsqlDatabase, receiver: Receiver, hook: Webhook
) -> None:
    spend(bot, 0.6)
    assert alerts.deliver(hook.send, int(time.time())) == (1, 0)
    assert alerts.deliver(hook.send, int(time.time()) + 10**6) == (0, 0)
    ((headers, body),) = receiver.received
    row = rows(database)[0]
    assert receiver.events[0] == {
        "id": row["id"], "type": "budget.alert", "budget": "all", "period": budget["currentPeriod"], "percent": 50,
        "postedUsd": 0.6, "limitUsd": 1.0, "crossedAt": receiver.events[0]["crossedAt"],
    }  # fmt: skip
    signed = f"{headers['pingtopass-timestamp']}.".encode() + body
    expected = hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
    assert headers["pingtopass-signature"] == f"v1={expected}"
    assert int(headers["pingtopass-timestamp"]) == just_now()
    assert headers["pingtopass-event"] == row["id"]
    assert headers["content-type"] == "application/json"
    assert (headers["host"], headers["path"]) == (f"127.0.0.1:{receiver.port}", "/alerts?team=growth")
    assert (row["attempts"], row["delivered_at"], row["due_at"]) == (1, just_now(), None)
    assert bot.get(f"{BUDGETS}/all").json["alerts"][0]["deliveredAt"] is not None


def test_what_is_not_taken_is_sent_again_with_growing_pauses(
    bot: FlaskClient, budget: Any, database: LibsqlDatabase, receiver: Receiver, hook: Webhook
) -> None:
    spend(bot, 0.6)
    receiver.status, now = 503, int(time.time())
    pauses = []
    for attempt in range(1, alerts.ATTEMPTS):
        assert alerts.deliver(hook.send, now) == (0, 1)
        row = rows(database)[0]
        assert (row["attempts"], row["last_error"], row["delivered_at"]) == (attempt, "status 503", None)
        pauses.append(row["due_at"] - now)
        assert alerts.deliver(hook.send, row["due_at"] - 1) == (0, 0)
        now = row["due_at"]
    assert pauses[:4] == [30, 60, 120, 240]
    assert pauses[-1] == alerts.LONGEST_S
    receiver.status = 200
    assert alerts.deliver(hook.send, now) == (1, 0)
    assert rows(database)[0]["last_error"] is None
    assert {event["id"] for event in receiver.events} == {rows(database)[0]["id"]}
    assert len({body for _, body in receiver.received}) == 1


def test_an_alert_is_given_up_with_a_word_in_the_log(
    bot: FlaskClient, budget: Any, database: LibsqlDatabase, receiver: Receiver, hook: Webhook
) -> None:
    spend(bot, 0.6)
    receiver.status = 500
    database.execute_sql("UPDATE ai_budget_alerts SET attempts = ?", (alerts.ATTEMPTS - 1,))
    with logged() as said:
        assert alerts.deliver(hook.send, int(time.time())) == (0, 1)
        (line,) = said()
    assert (line["event"], line["level"], line["last"]) == ("an alert was not delivered", "error", True)
    assert (rows(database)[0]["due_at"], rows(database)[0]["delivered_at"]) == (None, None)
    assert alerts.deliver(hook.send, int(time.time()) + 10**7) == (0, 0)


def test_one_that_fails_does_not_hold_up_the_others(
    bot: FlaskClient, approver: FlaskClient, database: LibsqlDatabase, budget: Any
) -> None:
    put(approver, "other")
    spend(bot, 0.6)
    sent: list[object] = []

    def send(_: str, document: dict[str, object]) -> None:
        sent.append(document["budget"])
        if document["budget"] == "all":
            raise Refused("no")

    assert alerts.deliver(send, int(time.time())) == (1, 1)
    assert sorted(map(str, sent)) == ["all", "other"]
    assert [row["delivered_at"] is None for row in rows(database)] == [True, False]


def test_a_redirect_is_not_followed(receiver: Receiver, hook: Webhook) -> None:
    receiver.status, receiver.location = 307, receiver.url
    with pytest.raises(Refused, match="status 307"):
        hook.send("e", {})
    assert len(receiver.received) == 1


def test_nobody_there_is_a_refusal(receiver: Receiver, hook: Webhook) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        gone = listening.getsockname()[1]
    with pytest.raises(Refused, match="no answer: "):
        Webhook(f"http://127.0.0.1:{gone}/", SECRET, allow_private=True).send("e", {})


def test_a_webhook_that_says_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "_TIME_OUT", webhook.urllib3.Timeout(connect=1, read=0.2))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        with pytest.raises(Refused, match="no answer: ReadTimeoutError"):
            Webhook(f"http://127.0.0.1:{port}/", SECRET, allow_private=True).send("e", {})


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "localhost", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
        "224.0.0.1", "255.255.255.255", "[::1]", "[::]", "[fe80::1]", "[fd00::1]", "[::ffff:127.0.0.1]", "[ff02::1]",
        "[::ffff:a9fe:a9fe]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "2130706433", "0x7f.1", "127.1",
    ],
)  # fmt: skip
def test_no_private_address_is_asked(receiver: Receiver, host: str) -> None:
    with pytest.raises(Refused, match=r"private address|host is not known"):
        Webhook(f"http://{host}:{receiver.port}/", SECRET).send("e", {})
    assert receiver.received == []


def test_a_name_that_leads_to_a_private_address_among_others_is_not_asked(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    entries = [
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, receiver.port)) for ip in ("93.184.216.34", "127.0.0.1")
    ]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: entries)
    with pytest.raises(Refused, match="private address"):
        Webhook(f"http://hook.example:{receiver.port}/", SECRET).send("e", {})


def test_the_connection_goes_to_the_address_that_was_checked(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name is looked up once: a second answer, which leads elsewhere, is never asked for."""
    real, asked = socket.getaddrinfo, []

    def look_up(host: str, *rest: Any, **more: Any) -> Any:
        asked.append(host)
        return real("127.0.0.1" if host == "hook.example" else host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    Webhook(f"http://hook.example:{receiver.port}/x", SECRET, allow_private=True).send("e", {})
    assert asked.count("hook.example") == 1
    assert receiver.received[0][0]["host"] == f"hook.example:{receiver.port}"


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"GROWTH_ALERTS_URL": ""}, "GROWTH_ALERTS_URL must be"),
        ({"GROWTH_ALERTS_URL": "http://hook.example/"}, "GROWTH_ALERTS_URL must be"),
        ({"GROWTH_ALERTS_URL": "https://user:word@hook.example/"}, "GROWTH_ALERTS_URL must be"),
        (
            {"GROWTH_ALERTS_URL": "ftp://hook.example/", "GROWTH_WEBHOOK_ALLOW_PRIVATE": "1"},
            "GROWTH_ALERTS_URL must be",
        ),
        ({"GROWTH_ALERTS_URL": "https://[::1/"}, "GROWTH_ALERTS_URL must be"),
        ({"GROWTH_ALERTS_SECRET": "short"}, "GROWTH_ALERTS_SECRET must have 32 bytes"),
        ({"GROWTH_WEBHOOK_ALLOW_PRIVATE": "yes"}, "GROWTH_WEBHOOK_ALLOW_PRIVATE must be"),
    ],
)
def test_a_wrong_setting_is_named(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], message: str) -> None:
    good = {"GROWTH_ALERTS_URL": "https://hook.example/", "GROWTH_ALERTS_SECRET": SECRET}
    for name, value in (good | variables).items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError, match=message):
        config.webhook()


def test_the_settings_make_a_webhook_whose_secret_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROWTH_ALERTS_URL", "http://10.0.0.5/hook")
    monkeypatch.setenv("GROWTH_ALERTS_SECRET", SECRET)
    monkeypatch.setenv("GROWTH_WEBHOOK_ALLOW_PRIVATE", "1")
    made = config.webhook()
    assert made == Webhook("http://10.0.0.5/hook", SECRET, allow_private=True)
    assert SECRET not in repr(made)


def test_the_command_delivers_what_is_due(
    bot: FlaskClient, budget: Any, settings: Settings, receiver: Receiver, later: Clock, database: LibsqlDatabase
) -> None:
    spend(bot, 0.9)
    set_to = {"GROWTH_ALERTS_URL": receiver.url, "GROWTH_ALERTS_SECRET": SECRET, "GROWTH_WEBHOOK_ALLOW_PRIVATE": "1"}
    command = [sys.executable, "-m", "growth_service.alerts"]
    root = str(Path(__file__).parents[3])
    ran = [
        subprocess.run(
            command, cwd=root, env=environment_of(settings) | set_to, capture_output=True, text=True, check=True
        )
        for _ in range(2)
    ]
    assert [one.stdout for one in ran] == ["2 delivered, 0 not delivered\n", ""]
    assert sorted(event["percent"] for event in receiver.events) == [50, 80]
    assert all(SECRET not in one.stdout + one.stderr for one in ran)
    assert stored(database, "ai_budget_alerts", 80, "percent")["delivered_at"] == just_now()
