"""A made-up pair of streams, `growth` on top of `study`, with services whose code the tests write."""

import pytest

from migrations.tool import lint, rehearsal
from migrations.tool.lint import reads
from migrations.tool.schema import definition
from shared_schema.releases import streams

EXAMS = (
    """CREATE TABLE "exams" ("id" INTEGER NOT NULL PRIMARY KEY, "code" TEXT NOT NULL, "name" TEXT,
       "score" REAL NOT NULL DEFAULT 0.5 CHECK (score BETWEEN 0 AND 1)) STRICT""",
    'CREATE UNIQUE INDEX "exams_code" ON "exams" ("code")',
)
QUESTIONS = (
    """CREATE TABLE "questions" ("id" INTEGER NOT NULL PRIMARY KEY, "text" TEXT NOT NULL,
       "exam_id" INTEGER NOT NULL REFERENCES "exams" ("id") ON DELETE CASCADE) STRICT""",
)
TWEETS = (
    """CREATE TABLE "tweets" ("id" TEXT NOT NULL PRIMARY KEY, "text" TEXT,
       "exam_id" INTEGER REFERENCES "exams" ("id")) STRICT""",
)
FILE = '''"""Chapter."""

{stated}


def migrate(migrator, database, *, fake=False):
{up}


{back}'''


class Story:
    """Writes migrations and code, and asks what the rules say of the last migration."""

    def __init__(self, root):
        self.root = root
        self.written = []
        self.study(*EXAMS, *QUESTIONS, back=['DROP TABLE "questions"', 'DROP TABLE "exams"'])
        self.growth(*TWEETS, back=['DROP TABLE "tweets"'])

    def study(self, *up, **stated):
        self.write("study", up, **stated)

    def growth(self, *up, **stated):
        self.write("growth", up, **stated)

    def write(self, stream, up, back=None, code="", **stated):
        """The next migration of the stream: its statements, those that lead back, and what it states."""
        if back is None and "NO_WAY_BACK" not in stated:
            stated["NO_WAY_BACK"] = "the tests of other rules do not go back"
        self.last = self.root / stream / f"{len(streams.names(stream)) + 1:03}_chapter.py"
        self.written.append((stream, self.last.stem))
        rollback = "" if back is None else f"def rollback(migrator, database, *, fake=False):\n{_calls(back)}\n"
        literals = "\n".join(f"{name} = {value!r}" for name, value in stated.items())
        self.last.write_text(FILE.format(stated=literals, up=_calls(up) + code, back=rollback))

    def code(self, service, text):
        """A module of a service."""
        (self.root / f"{service}_code" / "module.py").write_text(text)

    def findings(self, **options):
        rehearsed = rehearsal.rehearse(None, [streams.read(*name) for name in self.written])
        name = f"{self.last.parent.name}/{self.last.stem}"
        return [finding for finding in lint.findings(rehearsed, **options) if finding.migration == name]

    def rules(self, **options):
        return sorted({finding.rule for finding in self.findings(**options)})

    def messages(self, rule, **options):
        return [finding.message for finding in self.findings(**options) if finding.rule == rule]


def _calls(statements):
    return "\n".join(f"    migrator.sql({sql!r})" for sql in statements) or "    pass"


@pytest.fixture
def story(tmp_path, monkeypatch):
    for name in ("study", "growth", "study_code", "growth_code"):
        (tmp_path / name).mkdir()
    monkeypatch.setattr(streams, "directory", lambda stream: tmp_path / stream)
    monkeypatch.setattr(streams, "NEEDS", {"study": (), "growth": ("study",)})
    for owner in list(definition.OWNERS):
        monkeypatch.delitem(definition.OWNERS, owner)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(reads, "PACKAGES", {"study": ("study_code",), "growth": ("growth_code",)})
    return Story(tmp_path)
