"""`python -m growth_service.reprice`: what calls cost by today's book, beside what was booked and never over it."""

import json
import threading
from typing import Any

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient

from growth_service import prices
from growth_service.ledger import repricing
from growth_service.reprice import main
from shared_schema.database import LibsqlDatabase, Statement
from tests.damage import LEFT_OUT, about, logged, spoil
from tests.growth_service.conftest import LEDGER, call, just_now, row_count, stored

TABLE = "ai_generation_log"
DAY = 1_760_000_000  # 2025-10-09T08:53:20Z
OLD: dict[str, Any] = {
    "purpose": "p", "model": "gpt-4o-mini", "provider": "openai", "prompt_tokens": 20, "completion_tokens": 3,
    "cost_basis": "tokens", "cost_microusd": 5, "created_at": DAY,
}  # fmt: skip


def old(database: LibsqlDatabase, number: int, **more: Any) -> int:
    """A row as a release before wrote it; its id."""
    row = OLD | {"request_id": f"old-{number}"} | more
    marks = ", ".join("?" * len(row))
    database.execute_sql(f"INSERT INTO {TABLE} ({', '.join(row)}) VALUES ({marks})", tuple(row.values()))
    return int(stored(database, TABLE, f"old-{number}", "request_id")["id"])


def later(database: LibsqlDatabase) -> list[tuple[Any, ...]]:
    query = Statement("SELECT generation_id, computed_nanousd, price_source, warnings FROM ai_repricings ORDER BY id")
    return [tuple(row.values()) for row in database.fetch([query], fresh=True)[0].rows]


def rewritten(**options: Any) -> list[tuple[int, int | None, int | None]]:
    pages = repricing.run(**options)
    return [(one["id"], one["known_nanousd"], one["nanousd"]) for page in pages for one in page]


def test_a_price_is_written_beside_what_was_booked(database: LibsqlDatabase) -> None:
    first = old(database, 1)
    before = stored(database, TABLE, first)
    assert rewritten() == [(first, 5_000, 4_800)]  # 20 * 0.15 + 3 * 0.6 millionths of a dollar
    assert later(database) == [(first, 4_800, prices.BOOK, "[]")]
    assert stored(database, "ai_repricings", 1)["created_at"] == just_now()
    assert stored(database, TABLE, first) == before


def test_a_second_run_finds_nothing(bot: FlaskClient, database: LibsqlDatabase) -> None:
    old(database, 1)
    bot.post(LEDGER, json=[call(1), call(2, model="nobody-knows-it"), call(3, model="gpt-5-mini", serviceTier="flex")])
    assert len(rewritten()) == 1
    assert rewritten() == []
    assert row_count(database, "ai_repricings") == 1


def test_the_newest_figure_is_compared(database: LibsqlDatabase) -> None:
    first = old(database, 1)
    insert = "INSERT INTO ai_repricings (generation_id, computed_nanousd) VALUES (?, ?)"
    for amount in (4_800, 7):
        database.execute_sql(insert, (first, amount))
    assert rewritten() == [(first, 7, 4_800)]
    database.execute_sql(insert, (first, None))
    assert rewritten() == [(first, None, 4_800)]


def test_a_price_that_is_not_known_any_more_is_null_with_the_reason(database: LibsqlDatabase) -> None:
    usage = json.dumps({"prompt_tokens": 20, "completion_tokens": 3, "service_tier": "scale"})
    first = old(database, 1, usage=usage, cost_basis="usage")
    assert rewritten() == [(first, 5_000, None)]
    assert later(database) == [(first, None, None, '["The price of the service tier scale is not known."]')]


def test_a_bill_is_no_figure_of_a_book(bot: FlaskClient, database: LibsqlDatabase) -> None:
    first = old(database, 1, cost_basis="billed", cost_microusd=99)
    bot.post(LEDGER, json=call(billedUsd=0.5))
    assert rewritten() == [(first, None, 4_800)]


def test_a_call_has_the_price_of_its_own_time(database: LibsqlDatabase) -> None:
    """o3 became cheaper by four fifths on 10 June 2025."""
    o3 = {"model": "o3", "prompt_tokens": 1_000_000, "completion_tokens": 0, "cost_microusd": 1}
    ids = [old(database, number, created_at=day, **o3) for number, day in enumerate((1_749_427_200, 1_749_600_000))]
    assert [(one, now) for one, _, now in rewritten()] == [(ids[0], 10_000_000_000), (ids[1], 2_000_000_000)]


def test_only_a_model_and_only_since_a_day(database: LibsqlDatabase) -> None:
    old(database, 1, created_at=DAY - 1)
    second = old(database, 2)
    third = old(database, 3, model="gpt-4o", cost_microusd=1)
    assert [one for one, _, _ in rewritten(since=DAY, model="gpt-4o-mini", dry=True)] == [second]
    assert [one for one, _, _ in rewritten(since=DAY, dry=True)] == [second, third]
    assert row_count(database, "ai_repricings") == 0


def test_every_call_is_looked_at_page_by_page(database: LibsqlDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = [old(database, number) for number in range(5)]
    monkeypatch.setattr(repricing, "_CALLS", repricing._CALLS.replace("LIMIT 500", "LIMIT 2"))
    assert [[one["id"] for one in page] for page in repricing.run()] == [ids[:2], ids[2:4], ids[4:]]
    assert [row[0] for row in later(database)] == ids


def test_a_row_that_cannot_be_used_is_left_out(database: LibsqlDatabase) -> None:
    first, second = old(database, 1, usage="[]"), old(database, 2)
    with logged() as lines:
        assert [one for one, _, _ in rewritten()] == [second]
    assert lines() == [about(LEFT_OUT, TABLE, first, "usage", "is no JSON object")]


def test_a_time_that_is_none_is_left_out(database: LibsqlDatabase) -> None:
    first, second = old(database, 1), old(database, 2)
    spoil(database, TABLE, "created_at", 253_402_300_800, first)
    assert [one for one, _, _ in rewritten()] == [second]


def test_two_runs_at_once_write_one_price(database: LibsqlDatabase) -> None:
    ids = [old(database, number) for number in range(3)]
    start = threading.Barrier(4)

    def work() -> None:
        start.wait()
        rewritten()
        database.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [row[0] for row in later(database)] == ids


@pytest.mark.only("file")
def test_the_command_tells_what_differs(
    database: LibsqlDatabase, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    old(database, 1)
    old(database, 2, cost_microusd=6, created_at=DAY + 86_400)
    old(database, 3, model="nobody-knows-it", cost_microusd=7)
    monkeypatch.setenv("TURSO_DATABASE_URL", settings.url)

    def command(*arguments: str) -> tuple[int, str]:
        result = CliRunner().invoke(main, arguments)
        return result.exit_code, result.output

    told = (
        "gpt-4o-mini: 2 calls, $0.000011000 before, $0.000009600 now\n"
        "nobody-knows-it: 1 calls, $0.000007000 before, $0.000000000 and 1 unknown now\n"
        f"3 calls differ by {prices.BOOK}; "
    )
    assert command("--dry-run") == (0, f"{told}nothing was written\n")
    of_a_day = "gpt-4o-mini: 1 calls, $0.000006000 before, $0.000004800 now\n1 calls differ"
    assert command("--since", "2025-10-10", "--model", "gpt-4o-mini", "--dry-run")[1].startswith(of_a_day)
    assert command() == (0, f"{told}written beside what was booked\n")
    assert command()[1].startswith("0 calls differ")
    assert command("--since", "yesterday")[0] == 2


def test_the_ledger_shows_the_newest_other_price_of_a_call(bot: FlaskClient, database: LibsqlDatabase) -> None:
    first, second = old(database, 1), old(database, 2)
    insert = "INSERT INTO ai_repricings (generation_id, computed_nanousd) VALUES (?, ?)"
    for generation, amount in ((first, 9_000_000_000), (first, 4_800), (second, None)):
        database.execute_sql(insert, (generation, amount))
    shown = [(one["requestId"], one["costUsd"], one["repricedUsd"]) for one in bot.get(LEDGER).json["generations"]]
    assert shown == [("old-2", 0.000005, None), ("old-1", 0.000005, 0.0000048)]
    assert bot.get(f"{LEDGER}/old-1").json["repricedUsd"] == 0.0000048
    bot.post(LEDGER, json=call(3))
    assert bot.get(f"{LEDGER}/call-3").json["repricedUsd"] is None
