"""`up`, `down` and `plan` go no further on a history that is not true, and say what else is wrong with it."""

import pytest

from migrations.tool import exits
from migrations.tool.apply import foresight, preflight, state, upgrade
from shared_schema.releases import streams
from tests.migrations.tool.apply.family import NO_REBUILD, REBUILD, same

pytestmark = pytest.mark.only("file", "server")
MORE, NO_MORE = 'migrator.sql("CREATE TABLE more (n INTEGER) STRICT")', 'migrator.sql("DROP TABLE more")'
STRAY = (
    "story: the file 3_more.py is never run: the name of a migration is three digits, an underscore and words without "
    "a dot, as in 004_add_hints.py"
)


def file(name):
    return streams.directory("story") / name


@pytest.mark.parametrize("how", ["edited", "renamed"])
def test_nothing_is_run_or_rolled_back_until_it_is_repaired(how, family, story, backups):
    path = story(REBUILD, NO_REBUILD)
    upgrade.up(family)
    if how == "edited":
        path.write_text(path.read_text() + "# a thought too late\n")
    else:
        path.rename(file("003_rebuilt.py"))
    story(MORE, NO_MORE)
    before = state.read(family)
    for run in (upgrade.up, upgrade.down):
        with pytest.raises(preflight.Refused, match=r"^story: 002_chapter was (edited after it was )?applied"):
            run(family, "story", backups=backups)
    ahead = foresight.of(family, "story", None, None)
    assert (ahead.code, len(ahead.wrong), ahead.rehearsed) == (exits.NOTHING_DONE, 1, [])
    assert (same(family, before), backups.exists()) == (True, False)


def test_a_file_that_is_never_run_is_named_with_something_to_do_and_without(family, story):
    file("3_more.py").write_text("")
    assert (upgrade.up(family).notes, foresight.of(family, None, None, None).notes) == ([STRAY], [STRAY])
    story(MORE, NO_MORE)
    ahead = foresight.of(family, None, None, None)
    assert (ahead.code, foresight.lines(ahead)[0]) == (exits.OK, STRAY)
    report = upgrade.up(family)
    assert ([done.migration for done in report.done], report.notes) == (["story/002_chapter"], [STRAY])


def test_what_other_releases_and_branches_lead_to_is_not_worth_a_line(family, story):
    path = story(MORE, NO_MORE)
    upgrade.up(family)
    path.unlink()
    assert upgrade.up(family).notes == []
