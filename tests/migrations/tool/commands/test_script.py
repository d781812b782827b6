"""The command line of `plan --sql`, `down --to` and an unadopted database, with our own streams."""

import json
import sqlite3

from shared_schema.releases import streams
from tests.migrations.adoption import legacy


def test_script_of_an_empty_database_does_what_up_does(command, url, tmp_path):
    code, lines = command("plan", "--sql")
    assert code == 0
    with sqlite3.connect(url.removeprefix("file:")) as other:
        other.executescript("\n".join(lines))
    other.close()
    assert command("status") == (0, [f"{stream}: up to date" for stream in streams.NEEDS])
    assert command("check") == (0, ["no drift"])
    assert command("plan", "--sql") == (0, ["-- nothing to do"])


def test_down_to_a_name_rolls_back_what_came_after_it(command):
    assert command("up", "shared")[0] == 0
    first = streams.names("shared")[0]
    code, lines = command("down", "shared", "--to", first)
    assert (code, lines[1:]) == (0, [f"shared/{name}" for name in reversed(streams.names("shared")[1:])])
    assert lines[0].startswith("backup ")
    assert command("down", "shared", "--to", first) == (0, ["nothing to do"])
    assert command("down", "shared", "--to", "999_never")[0] == 2


def test_an_unadopted_database_is_told_so_by_every_command(command, db):
    legacy.create(db, "raw")
    db.close()
    code, lines = command("status")
    assert (code, lines[-1].startswith("the database has tables of PingToPass and no history")) == (1, True)
    for words in (["up"], ["plan"], ["plan", "--sql"], ["up", "study"]):
        code, lines = command(*words, "--json")
        document = json.loads(lines[0])
        assert (code, document["exit"], "adopt" in json.dumps(document)) == (4, 4, True)
