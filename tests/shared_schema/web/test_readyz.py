"""`/readyz`: red while the database lacks what the code needs or may lack what it reads, green while it is ahead."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from migrations.tool import router
from migrations.tool.apply import upgrade
from shared_schema.database import LibsqlDatabase
from shared_schema.releases import streams
from shared_schema.web import consistency, health
from tests.conftest import Client, caught_up

_FILE = """
PHASE = "{phase}"


def migrate(migrator, database, *, fake=False):
    migrator.sql("CREATE TABLE {name} (id INTEGER PRIMARY KEY)")


def rollback(migrator, database, *, fake=False):
    migrator.sql("DROP TABLE {name}")
"""


class Story:
    """Two streams of our own: their files, the database, and a service that needs both."""

    def __init__(self, directory: Path, database: LibsqlDatabase) -> None:
        self.directory = directory
        self.database = database
        for stream in ("story", "base"):
            (directory / stream).mkdir()
            self.write(f"{stream}/001_first")

    def write(self, name: str, phase: str = "expand") -> None:
        (self.directory / f"{name}.py").write_text(_FILE.format(phase=phase, name=name.replace("/", "_")))

    def up(self) -> None:
        upgrade.up(self.database)

    def down(self, stream: str) -> None:
        router.StreamRouter(self.database, stream).rollback()

    def clear(self) -> None:
        """The server is there for other tests, too."""
        for table in self.database.get_tables():
            if table.startswith(("base_", "story_", "migrations_base", "migrations_story")):
                self.database.execute_sql(f'DROP TABLE "{table}"')

    def start(self) -> Any:
        """A service that is started now; calling it is asking whether it is ready."""
        app = Flask("story_service")
        app.test_client_class = Client
        consistency.follow(app, consistency.Signer({"test": "a secret"}))
        app.register_blueprint(health.blueprint(("base", "story")))

        def ready() -> tuple[int, dict[str, Any]]:
            response = app.test_client().get("/readyz")
            body = response.get_json()
            assert (response.status_code == 200) == (body["status"] == "ready")
            kinds = ("pendingMigrations", "waitingContracts", "unknownContracts")
            return response.status_code, {kind: body[kind] for kind in kinds if body[kind]}

        return ready


@pytest.fixture
def story(database: LibsqlDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Story]:
    monkeypatch.setattr(streams, "directory", lambda stream: tmp_path / stream)
    monkeypatch.setattr(streams, "NEEDS", {"base": (), "story": ("base",)})
    caught_up()  # what the test before has dropped must be gone here, too
    told = Story(tmp_path, database)
    yield told
    told.clear()


def test_it_is_green_when_the_database_has_what_the_code_knows(story: Story) -> None:
    story.write("story/002_contract", "contract")
    story.up()
    assert story.start()() == (200, {})


def test_it_is_red_on_a_database_that_never_saw_its_streams(story: Story) -> None:
    assert story.start()() == (503, {"pendingMigrations": {"base": ["001_first"], "story": ["001_first"]}})


def test_it_is_red_when_only_one_stream_was_never_seen(story: Story) -> None:
    router.StreamRouter(story.database, "base").run()
    assert story.start()() == (503, {"pendingMigrations": {"story": ["001_first"]}})


def test_it_is_red_while_an_expand_step_is_missing_and_green_when_it_came(story: Story) -> None:
    story.up()
    story.write("story/002_more")
    story.write("base/002_more")
    ready = story.start()
    assert ready() == (503, {"pendingMigrations": {"base": ["002_more"], "story": ["002_more"]}})
    story.up()
    assert ready() == (200, {})
    story.down("story")
    assert ready() == (503, {"pendingMigrations": {"story": ["002_more"]}})


def test_a_step_in_the_middle_is_missed_too(story: Story) -> None:
    story.write("story/003_last")
    story.up()
    story.write("story/002_from_another_branch")
    assert story.start()() == (503, {"pendingMigrations": {"story": ["002_from_another_branch"]}})


def test_it_is_green_while_contract_steps_wait(story: Story) -> None:
    story.up()
    story.write("story/002_contract", "contract")
    ready = story.start()
    assert ready() == (200, {"waitingContracts": {"story": ["002_contract"]}})
    story.up()
    assert ready() == (200, {})


def test_an_expand_step_behind_a_waiting_contract_is_needed_all_the_same(story: Story) -> None:
    story.up()
    story.write("story/002_contract", "contract")
    story.write("story/003_more")
    waits = {"pendingMigrations": {"story": ["003_more"]}, "waitingContracts": {"story": ["002_contract"]}}
    assert story.start()() == (503, waits)


def test_it_is_green_when_the_database_is_ahead_by_expand_steps(story: Story) -> None:
    ready = story.start()
    story.write("story/002_more")
    story.write("base/002_more")
    story.up()
    assert ready() == (200, {})


def test_it_is_red_once_a_contract_step_has_run_that_the_code_does_not_know(story: Story) -> None:
    ready = story.start()
    story.write("story/002_more")
    story.write("story/003_contract", "contract")
    story.up()
    assert ready() == (503, {"unknownContracts": {"story": ["003_contract"]}})
    story.down("story")
    assert ready() == (200, {})


def test_the_files_of_the_next_release_say_nothing_of_the_code_that_runs(story: Story) -> None:
    story.up()
    ready = story.start()
    story.write("story/002_contract", "contract")
    story.write("story/003_more")
    assert ready() == (200, {})
    story.up()
    assert ready() == (503, {"unknownContracts": {"story": ["002_contract"]}})


def test_it_asks_one_question(story: Story, count_queries: Callable[[], Any]) -> None:
    story.up()
    ready = story.start()
    with count_queries() as queries:
        ready()
    assert len(queries) == 1
