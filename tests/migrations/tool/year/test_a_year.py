"""A year of a team's migrations, each through `new`, `lint`, `plan`, `up`, `check` and `down`, on tables with rows."""

import pytest

from tests.migrations.tool.year import columns, objects, trouble


@pytest.mark.only("file", "server")
def test_a_year_of_a_teams_migrations(team):
    for chapter in (*columns.CHAPTERS, *objects.CHAPTERS, *trouble.CHAPTERS):
        chapter(team)
