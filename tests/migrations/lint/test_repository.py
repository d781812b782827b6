"""The migrations that there are break no rule."""

from migrations import lint, rehearsal


def test_our_own_migrations_have_no_finding():
    rehearsed = rehearsal.rehearse(None, rehearsal.everything())
    assert [each.error for each in rehearsed] == [None] * len(rehearsed)
    assert lint.errors(lint.findings(rehearsed)) == []
    first = [each for each in lint.findings(rehearsed) if each.migration.endswith("/001_first_tables")]
    assert first == []
