"""The plan is what will run, readable, with what the rules say of it."""

from migrations.tool import plan, rehearsal
from migrations.tool.lint import Finding
from shared_schema.releases import streams


def planned(story, up, head="", findings=()):
    path = story(up)
    path.write_text(f'"""A chapter about poets."""\n{head}\n{path.read_text()}')
    return plan.lines(rehearsal.rehearse(None, [streams.read("story", path.stem)]), findings)


def test_statements_are_laid_out(story):
    lines = planned(
        story,
        """
    migrator.sql("CREATE  TABLE poet (id INTEGER PRIMARY KEY, kind TEXT CHECK (kind IN ('a', 'b'))) STRICT")
    migrator.sql('''CREATE INDEX poet_kind
                        ON poet (kind)''')
""",
    )
    assert lines == [
        "story/001_chapter (expand): A chapter about poets.",
        "    CREATE TABLE poet (",
        "        id INTEGER PRIMARY KEY,",
        "        kind TEXT CHECK (kind IN ('a', 'b'))",
        "    ) STRICT;",
        "    CREATE INDEX poet_kind ON poet (kind);",
        "",
    ]


def test_comments_are_left_out(story):
    up = 'migrator.sql("CREATE TABLE poet (id INTEGER, -- (the number\\n name TEXT /* why, so */)")'
    assert planned(story, up)[2:4] == ["        id INTEGER,", "        name TEXT"]


def test_phase_and_backfills_are_said(story):
    head = 'PHASE = "contract"\nBACKFILLS = [{"table": "poet", "set": "name = id", "where": "name IS NULL"}]'
    table = 'migrator.sql("CREATE TABLE poet (id INTEGER PRIMARY KEY, name TEXT)")'
    assert planned(story, table, head)[-2:] == [
        '    UPDATE "poet" SET name = id WHERE name IS NULL;  -- afterwards, in chunks of id',
        "",
    ]


def test_findings_and_failures_stand_with_their_migration(story):
    findings = [
        Finding("story/001_chapter", "data-loss", "DROP TABLE poet", "poets are gone", "error"),
        Finding("story/001_chapter", "contract", "DROP TABLE poet", "older code", "error", "nobody has it"),
        Finding("story/002_chapter", "contract", "", "elsewhere", "error"),
    ]
    assert planned(story, 'migrator.sql("DROP TABLE poet")', findings=findings)[1:] == [
        "    DROP TABLE poet;",
        "    stops: no such table: poet",
        "  error: data-loss: poets are gone",
        "  allowed (nobody has it): contract: older code",
        "",
    ]
