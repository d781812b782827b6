"""Archives from anywhere: what is not read of them, and that reading them costs little."""

import io
import struct
import time
import tracemalloc
import zipfile

import pytest

from study_service.banks import archives
from study_service.banks.archives import Archive
from tests.study_service.banks.qti_texts import package


def refused(data: bytes, name: str = "a.xml") -> str:
    with pytest.raises(archives.Unsafe) as raised:
        Archive(data).read(name)
    return str(raised.value)


def written(*entries: tuple[zipfile.ZipInfo, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for info, data in entries:
            archive.writestr(info, data)
    return content.getvalue()


def test_files_by_name_and_in_their_order() -> None:
    archive = Archive(package({"b/ü.xml": "b", "a.xml": b"\x00a", "folder/": ""}))
    assert archive.names == ["b/ü.xml", "a.xml"]
    assert (archive.read("b/ü.xml"), archive.read("a.xml")) == (b"b", b"\x00a")
    assert ("a.xml" in archive, "c.xml" in archive) == (True, False)
    assert archives.is_archive(package({}))
    assert not archives.is_archive(b"<a/>")


def test_a_file_that_is_not_there() -> None:
    assert refused(package({"b.xml": ""})) == "a.xml is not in the archive"


def test_no_archive() -> None:
    assert refused(b"PK\x03\x04 and so on").startswith("the archive is broken: ")


def test_the_same_name_twice() -> None:
    with pytest.warns(UserWarning, match="Duplicate"):
        data = written((zipfile.ZipInfo("a.xml"), b"1"), (zipfile.ZipInfo("a.xml"), b"2"), (zipfile.ZipInfo("b"), b"3"))
    assert refused(data) == "a.xml is in the archive twice"
    assert Archive(data).read("b") == b"3"


def test_a_link() -> None:
    info = zipfile.ZipInfo("a.xml")
    info.create_system, info.external_attr = 3, 0o120777 << 16
    assert refused(written((info, b"/etc/passwd"))) == "a.xml is a link"


def changed(data: bytes, place: int, value: bytes, signature: bytes = b"PK\x01\x02") -> bytes:
    """The archive with other bytes at this place of its first header of this kind."""
    at = data.index(signature) + place
    return data[:at] + value + data[at + len(value) :]


def test_an_encrypted_file() -> None:
    data = package({"a.xml": "a"})
    assert refused(changed(data, 8, b"\x01\x00")) == "a.xml is encrypted"


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_compression_is_not_read(method: int) -> None:
    info = zipfile.ZipInfo("a.xml")
    info.compress_type = method
    assert refused(written((info, b"a" * 100))) == "a.xml is compressed by another method than deflate"


@pytest.mark.parametrize("size", [0, 1, 5, 19])
def test_a_size_that_is_not_true(size: int) -> None:
    data = changed(package({"a.xml": "a" * 20}), 24, struct.pack("<L", size))
    assert refused(data).startswith("a.xml is broken in the archive")


def test_a_size_that_is_too_large_changes_nothing() -> None:
    data = changed(package({"a.xml": "a" * 20}), 24, struct.pack("<L", 2**31))
    assert Archive(data).read("a.xml") == b"a" * 20


def test_damaged_content() -> None:
    data = package({"a.xml": "a" * 1000})
    assert refused(changed(data, 36, b"\xff\xff\xff", b"PK\x03\x04")).startswith("a.xml is broken in the archive")


def test_as_many_bytes_as_are_allowed() -> None:
    data = package({"a.xml": "a" * 100, "b.xml": "b" * 101})
    assert Archive(data).read("a.xml", limit=100) == b"a" * 100
    with pytest.raises(archives.Unsafe, match=r"^b\.xml is too large$"):
        Archive(data).read("b.xml", limit=100)


def test_as_many_bytes_in_all_as_are_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MAX_TOTAL", 150)
    archive = Archive(package({"a.xml": "a" * 100, "b.xml": "b" * 50, "c.xml": "c"}))
    assert len(archive.read("a.xml") + archive.read("b.xml")) == 150
    with pytest.raises(archives.Unsafe, match=r"^up to c\.xml more than 150 bytes were read of the archive$"):
        archive.read("c.xml")


def test_as_many_files_as_are_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MAX_ENTRIES", 3)
    assert len(Archive(package({f"{n}.xml": "" for n in range(3)})).names) == 3
    assert refused(package({f"{n}.xml": "" for n in range(4)})) == "there are more than 3 files in the archive"


def test_a_bomb_takes_neither_memory_nor_time() -> None:
    """64 MB in 64 kB."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("a.xml", "w") as file:
        for _ in range(4):
            file.write(b"\0" * 2**24)
    bomb = Archive(content.getvalue())
    started = time.process_time()
    tracemalloc.start()
    with pytest.raises(archives.Unsafe, match="too large"):
        bomb.read("a.xml", limit=1_000_000)
    assert tracemalloc.get_traced_memory()[1] < 5_000_000
    tracemalloc.stop()
    assert time.process_time() - started < 1


@pytest.mark.parametrize(
    ("parts", "name"),
    [
        (("a.xml",), "a.xml"),
        (("item%201.xml", "items/"), "items/item 1.xml"),
        (("../b/c.xml", "a"), "b/c.xml"),
        (("./c.xml", "", "a/", "b"), "a/b/c.xml"),
        (("a//b.xml",), "a/b.xml"),
        ((" a.xml ", ""), "a.xml"),
    ],
)
def test_references_inside_the_archive(parts: tuple[str, ...], name: str) -> None:
    assert archives.resolved(*parts) == name


@pytest.mark.parametrize(
    ("parts", "named"),
    [
        (("../a.xml",), "../a.xml"),
        (("a/../../b.xml", ""), "a/../../b.xml"),
        (("%2e%2e/a.xml",), "%2e%2e/a.xml"),
        (("a.xml", "../"), "a.xml"),
        (("/etc/passwd",), "/etc/passwd"),
        (("%2Fetc/passwd",), "/etc/passwd"),
        (("C:/a.xml",), "C:/a.xml"),
        (("..\\a.xml",), "..\\a.xml"),
        (("https://example.com/a.xml",), "https://example.com/a.xml"),
        (("a.xml", "file:///etc/"), "file:///etc/"),
        (("a%00.xml",), "a\0.xml"),
        (("",), ""),
        ((".", "a/.."), "."),
    ],
)
def test_references_that_lead_out(parts: tuple[str, ...], named: str) -> None:
    with pytest.raises(archives.Unsafe) as raised:
        archives.resolved(*parts)
    assert str(raised.value) == f"{named} is no file in the archive"
