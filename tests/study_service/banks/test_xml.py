"""XML from anywhere: read with its lines, or refused with a reason, quickly and without asking anybody else."""

import socket
import time
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from study_service.banks import xml

DECLARED = '<?xml version="1.0" encoding="{}"?><quiz>{}</quiz>'


def refused(data: bytes) -> tuple[int, str]:
    with pytest.raises(xml.Unsafe) as refusal:
        xml.parse(data)
    return refusal.value.line, str(refusal.value)


def test_elements_know_their_lines_names_and_attributes():
    root = xml.parse(b'<!-- a\n-->\n<quiz xmlns:x="urn:y">\n<a b="1"\nx:c="2"/><x:d>t<![CDATA[<u>]]></x:d>v\n</quiz>')
    first, second = root
    assert [(e.tag, e.line) for e in (root, first, second)] == [("quiz", 3), ("a", 4), ("{urn:y}d", 5)]
    assert first.attrib == {"b": "1", "{urn:y}c": "2"}
    assert (second.text, second.tail) == ("t<u>", "v\n")


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (DECLARED.format("UTF-8", "é").encode(), "é"),
        (b"\xef\xbb\xbf" + DECLARED.format("UTF-8", "é").encode(), "é"),
        ("<quiz>é</quiz>".encode(), "é"),
        (DECLARED.format("ISO-8859-1", "é").encode("latin-1"), "é"),
        (DECLARED.format("windows-1252", "€").encode("cp1252"), "€"),
        (DECLARED.format("UTF-16", "é€").encode("utf-16"), "é€"),
        (DECLARED.format("UTF-16", "é€").encode("utf-16-be"), "é€"),
        (b"<!DOCTYPE quiz><quiz>&lt;&#233;</quiz>", "<é"),
    ],
)
def test_text_is_unicode_as_the_file_declares_it(data, text):
    assert xml.parse(data).text == text


@pytest.mark.parametrize(
    ("data", "line", "message"),
    [
        (b"<quiz>\n <a></b></quiz>", 2, "the file is no XML: mismatched tag in column 7"),
        (b"<quiz>\n<a>", 2, "the file is no XML: no element found in column 4"),
        (b"", 1, "the file is no XML: no element found in column 1"),
        (b"<quiz/>\n<quiz/>", 2, "the file is no XML: junk after document element in column 1"),
        (b"<quiz>\na\0b</quiz>", 2, "the file is no XML: not well-formed (invalid token) in column 2"),
        (b"<quiz>a\x01b</quiz>", 1, "the file is no XML: not well-formed (invalid token) in column 8"),
        (b"<quiz>&#0;</quiz>", 1, "the file is no XML: reference to invalid character number in column 7"),
        (b"<quiz>\n\xe9</quiz>", 2, "the file is no XML: not well-formed (invalid token) in column 1"),
        (b"<quiz>&nbsp;</quiz>", 1, "the file is no XML: undefined entity in column 7"),
        (b'<quiz a="1" a="2"/>', 1, "the file is no XML: duplicate attribute in column 13"),
        (b"PK\x03\x04", 1, "the file is no XML: not well-formed (invalid token) in column 3"),
    ],
)
def test_broken_file_is_told_with_line_and_column(data, line, message):
    assert refused(data) == (line, message)


@pytest.mark.parametrize("encoding", ["klingon", "Shift_JIS", "utf-7", "rot13", "undefined", "punycode"])
def test_encoding_that_cannot_be_read_is_told(encoding):
    assert refused(DECLARED.format(encoding, "").encode()) == (
        1,
        "the file is in an encoding that cannot be read: save it as UTF-8",
    )


@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE quiz [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE quiz [<!ENTITY x SYSTEM "http://127.0.0.1:{port}/">]>',
        '<!DOCTYPE quiz [<!ENTITY % x SYSTEM "http://127.0.0.1:{port}/">%x;]>',
        '<!DOCTYPE quiz SYSTEM "http://127.0.0.1:{port}/quiz.dtd">',
        '<!DOCTYPE quiz PUBLIC "-//Q" "http://127.0.0.1:{port}/quiz.dtd">',
        '<!DOCTYPE quiz [<!ENTITY x "y">]>',
        '<!DOCTYPE quiz [<!ATTLIST quiz a CDATA "b">]>',
    ],
)
def test_doctype_that_declares_or_includes_is_refused_and_nobody_asked(doctype):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.05)
        data = f'<?xml version="1.0"?>\n{doctype.format(port=listener.getsockname()[1])}<quiz>&x;</quiz>'
        assert refused(data.encode()) == (2, "its DOCTYPE declares or includes something; remove the DOCTYPE")
        with pytest.raises(TimeoutError):
            listener.accept()


def bomb(start: str, levels: int) -> bytes:
    """A text that an entity would expand to ten times as much at each level."""
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, levels))
    return f'<!DOCTYPE quiz [<!ENTITY e0 "{start}">{entities}]><quiz>{f"&e{levels - 1};" * 2_000}</quiz>'.encode()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (bomb("lol", 10), "its DOCTYPE declares or includes something; remove the DOCTYPE"),
        (bomb("a" * 100_000, 1), "its DOCTYPE declares or includes something; remove the DOCTYPE"),
        (b"<a>" * 100_000, "elements stand in each other more than 100 deep"),
    ],
)
def test_bomb_is_refused_at_once_and_takes_no_memory(data, message):
    tracemalloc.start()
    try:
        started = time.process_time()
        assert refused(data) == (1, message)
        assert time.process_time() - started < 0.5
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


def test_elements_may_be_a_hundred_deep():
    assert len(list(xml.parse(b"<a>" * 100 + b"</a>" * 100).iter())) == 100


def test_elements_and_attributes_are_counted(monkeypatch):
    monkeypatch.setattr(xml, "MAX_PARTS", 6)
    assert len(xml.parse(b'<a b="" c=""><d/><e f=""/></a>')) == 2
    message = "there are more than 6 elements and attributes"
    assert refused(b'<a b="" c="">\n<d/><e f=""/>\n<g/></a>') == (3, message)


def test_element_takes_little_memory():
    data = b"<a>" + b"<b/>" * 10_000 + b"</a>"
    tracemalloc.start()
    try:
        root = xml.parse(data)
        assert tracemalloc.get_traced_memory()[0] / len(root) < 200
    finally:
        tracemalloc.stop()


PIECES = ["<a>", "</a>", "<b c='d'/>", "<!DOCTYPE a>", "<!DOCTYPE a [", "]>", "<![CDATA[", "&lt;", "&#1;", "<!--"]
DECLARATION = ["<?xml version='1.0' encoding='", "utf-8", "'?>"]
xml_like = st.lists(st.sampled_from(PIECES + DECLARATION)).map("".join).map(str.encode)


@given(st.one_of(st.binary(), xml_like))
def test_anything_is_read_or_refused(data):
    try:
        line = xml.parse(data).line
    except xml.Unsafe as refusal:
        line = refusal.line
    assert line >= 1
