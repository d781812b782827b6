"""A file that is not what was written is refused, and a backup is whole or absent."""

import gzip

import pytest

from migrations.tool.backup import aside, dump, file, make, manifest, restore

on_file_and_server = pytest.mark.only("file", "server")


def cut(data):
    return data[: len(data) // 2]


def without_last_line(data):
    lines = gzip.decompress(data).splitlines(keepends=True)
    return gzip.compress(b"".join(lines[:-1]))


def one_value_changed(data):
    return gzip.compress(gzip.decompress(data).replace(b"alice@example.com", b"eve@example.com__"))


def one_row_gone(data):
    text = gzip.decompress(data)
    return gzip.compress(text.replace(b"(2,1),\n", b"", 1))


def a_bit_turned(data):
    changed = bytearray(data)
    changed[len(changed) // 2] ^= 16
    return bytes(changed)


def longer(data):
    return gzip.compress(gzip.decompress(data) + b"DROP TABLE users;\n")


def of_the_future(data):
    return gzip.compress(gzip.decompress(data).replace(b'"format": 2', b'"format": 9'))


def no_backup(_):
    return gzip.compress(b"CREATE TABLE t (n);\n")


def no_gzip(_):
    return b"SQLite format 3\0" * 10


HARM = (
    cut,
    without_last_line,
    one_value_changed,
    one_row_gone,
    a_bit_turned,
    longer,
    of_the_future,
    no_backup,
    no_gzip,
)


@pytest.mark.only("file")
@pytest.mark.parametrize("harm", HARM, ids=lambda harm: harm.__name__)
def test_harmed_file_is_refused_and_nothing_is_changed(harm, awkward, whole, path):
    make.write(awkward, path, "here")
    awkward.execute_sql("INSERT INTO users (email, name) VALUES ('late@example.com', 'Late')")
    before = whole(awkward)
    path.write_bytes(harm(path.read_bytes()))
    for use in (file.read_manifest, make.prove, lambda path: restore.restore(awkward, path)):
        with pytest.raises(file.Corrupt):
            use(path)
    assert whole(awkward) == before


@on_file_and_server
def test_file_that_says_other_hashes_than_its_rows_have_is_not_restored(awkward, whole, path, monkeypatch):
    """Whole by its checksum, wrong all the same: as from a version that had a bug."""
    monkeypatch.setattr(dump.Tally, "content", property(lambda self: dump.Content(self.rows, "0" * 64)))
    make.write(awkward, path, "here")
    monkeypatch.undo()
    before = whole(awkward)
    with pytest.raises(file.Corrupt, match="does not give back the database"):
        make.prove(path)
    with pytest.raises(aside.NotRestored, match="not what the file says"):
        restore.restore(awkward, path)
    assert whole(awkward) == before


@pytest.mark.only("file")
def test_backup_that_does_not_prove_itself_is_not_kept(awkward, path, monkeypatch):
    monkeypatch.setattr(dump, "literal", lambda x: f"quote({x})")  # which cuts text at a NUL and says Inf
    with pytest.raises(Exception, match=r"Inf|does not give back"):
        make.proven(awkward, path, "here")
    assert list(path.parent.iterdir()) == []


@pytest.mark.only("file")
def test_backup_is_for_its_owners_eyes_and_whole_or_absent(awkward, path, monkeypatch):
    make.write(awkward, path, "here")
    assert path.stat().st_mode & 0o777 == 0o600
    monkeypatch.setattr(manifest, "orphans", lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        make.write(awkward, path.with_name("two.sql.gz"), "here")
    assert [entry.name for entry in path.parent.iterdir()] == ["one.sql.gz"]
