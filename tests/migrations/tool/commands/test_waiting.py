"""While the tool waits it says for what, and when it will give up: without a terminal, too."""

import re
from dataclasses import replace
from urllib.parse import urlsplit

import pytest

from migrations.tool import exits
from migrations.tool.apply import failure, upgrade
from migrations.tool.commands import target, waiting
from migrations.tool.progress import silent
from shared_schema.database import LibsqlDatabase
from shared_schema.database.settings import Limits
from tests import servers
from tests.migrations.tool.apply.family import FAMILY, NO_REBUILD, REBUILD, people, settle


@pytest.fixture
def family(database, story):
    settle(database, story)
    story(REBUILD, NO_REBUILD)
    return database


def test_limits_of_the_tool_are_those_that_the_page_states():
    assert Limits(connect_s=5.0, read_s=1800.0, total_s=3600.0, away_s=60.0) == target.PATIENT
    assert waiting.EVERY_S == 10.0
    assert (Limits().away_s, Limits().waiting) == (None, None)


def test_a_server_that_is_away_is_named_every_ten_seconds(capsys):
    away = waiting.Away("db.example.org")
    for seconds in (0.0, 9.9, 10.2, 11, 20.1, 20.3, 30.4, 0.0, 10.0):
        away(seconds, 60.0)
    lines = [f"waiting for db.example.org: for {seconds} s, giving up after 60 s" for seconds in (10, 20, 30, 10)]
    assert capsys.readouterr().err.splitlines() == lines


@pytest.mark.only("server")
def test_a_server_that_goes_away_is_given_up_after_the_limit(family, settings, capsys, monkeypatch):
    monkeypatch.setattr(waiting, "EVERY_S", 0.1)
    with servers.Proxy(urlsplit(settings.url).port) as proxy:
        limits = Limits(1, 600, 600, away_s=1.0, waiting=waiting.Away("here"))
        through = LibsqlDatabase(replace(settings, url=proxy.url, limits=limits))
        through.query_hooks.append(lambda event: proxy.refuse() if "INSERT INTO new_parent" in event.sql else None)
        with pytest.raises(failure.Unclear) as raised:
            upgrade.up(through)
        through.close()
    assert raised.value.exit_code == exits.LOOK
    lines = capsys.readouterr().err.splitlines()
    assert {re.sub(r"for \d+ s", "for N s", line) for line in lines} == {
        "waiting for here: for N s, giving up after 1 s"
    }
    family.execute_sql("UPDATE migration_lease SET expires_at = 0")
    assert people(family) == FAMILY


@pytest.mark.only("server")
def test_calls_without_that_limit_go_on_as_before(settings):
    told = []
    with servers.Proxy(urlsplit(settings.url).port) as proxy:
        proxy.refuse()
        limits = Limits(0.2, 0.5, 1.5, waiting=lambda seconds, given: told.append(given))
        away = LibsqlDatabase(replace(settings, url=proxy.url, limits=limits))
        with pytest.raises(Exception, match="cannot be reached"):
            away.execute_sql("SELECT 1")
        away.close()
    assert len(told) > 5
    assert 1.3 < max(told) <= 1.5


@pytest.mark.only("server")
def test_a_server_that_is_frozen_in_a_call_is_said_to_be_at_work_and_given_up(family, settings, capfd, monkeypatch):
    monkeypatch.setattr(waiting, "EVERY_S", 0.1)
    with servers.Proxy(urlsplit(settings.url).port) as proxy:
        limits = Limits(1, 3, 600, away_s=0.5)
        through = LibsqlDatabase(replace(settings, url=proxy.url, limits=limits))
        through.query_hooks.append(lambda event: proxy.stall() if "INSERT INTO new_parent" in event.sql else None)
        with (
            pytest.raises(failure.Unclear, match="cannot be asked what became of it"),
            waiting.told(through, "; here has 3 seconds", silent) as progress,
        ):
            upgrade.up(through, progress=progress)
        proxy.resume()
        through.close()
    said = [line for line in capfd.readouterr().err.splitlines() if line.startswith("still at work")]
    assert any(
        re.fullmatch(
            r"still at work for \d s: the statement after 'INSERT INTO new_parent .*'; here has 3 seconds", line
        )
        for line in said
    )
    family.execute_sql("UPDATE migration_lease SET expires_at = 0")


def test_a_long_statement_on_a_file_is_said_though_no_thread_can_run(db, capfd, monkeypatch):
    """Longer and longer, until a line has come: how fast this machine is does not matter."""
    monkeypatch.setattr(waiting, "EVERY_S", 0.05)
    said, rows = "", 10_000
    with waiting.told(db, "", silent) as progress:
        progress("backup", 3, 7)
        while "still at work" not in said or "the statement after" not in said:
            rows *= 2
            db.execute_sql(
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) SELECT count(*) FROM n",
                (rows,),
            )
            said += capfd.readouterr().err
    assert "the statement after 'WITH RECURSIVE n(i)" in said
    assert db.query_hooks == []


def test_what_is_quick_says_nothing(db, capfd):
    with waiting.told(db, "", silent):
        db.execute_sql("SELECT 1")
    assert capfd.readouterr().err == ""
