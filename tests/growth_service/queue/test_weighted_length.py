"""The weighted count of X, version 3: what its published cases count, and what must hold for any text."""

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from growth_service.x.length import weighted

FAMILY, FLAG, SINGER, WAVES = "👨‍👩‍👧‍👦", "🇺🇸", "👨‍🎤", "🙋🏽"
COUNTS = [
    ("This is a test.", 15),
    ("x" * 285, 285),
    ("あ" * 141, 282),
    ("저찀쯿쿿", 8),
    ("\U00010000\U0010ffff", 4),
    (f"H🐱☺{FAMILY}", 7),
    ("😷👾😡🔥💩", 10),
    (f"{WAVES}{SINGER}", 4),
    (FAMILY * 140, 280),
    ("🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f", 2),
    (f"{FLAG}🇽🇽", 6),  # the second is no flag of a country
    ("1️⃣#️⃣1⃣", 6),
    ("©®", 2),
    ("Á", 1),
    ("A\u0301", 1),
    ("“fine” – quoted", 15),
    ("Hi http://test.co", 26),
    ("http://test.co", 23),
    ("test.com", 23),
    ("t.co", 23),
    ("foo.co.jp/path/to?x=1", 23),
    ("https://www.twitter.com/aloha " * 10, 240),
    ("Test https://test.com test https://test.com test.com test", 86),
    ("https://example.com/" + "a" * 300, 23),
    ("http://twitter.com/これは日本語です。example.com中国語", 70),
    ("http://☃.net/", 23),
    ("HTTPS://www.ExaMPLE.COM/index.html", 23),
    ("(example.com/a_(b))", 25),
    ("example.com.", 24),
    ("http://t.co/abc?x=1", 23),
    ("http://t.co/" + "a" * 41, 53),  # longer than those of X
    ("randomurlrandomurlrandomurlrandomurlrandomurlrandomurlrandomurls.com", 68),  # a label of 64 is no name
    ("see node.js now", 15),
    ("foo.bar@example.com", 19),
    ("@user.com #a.com $x.com", 23),
    ("http://www.-domain4352.com/", 27),
    ("http://192.168.0.1/a", 20),
    ("http://example.com:8080/a", 23),
    ("example.com:8080", 28),  # without http, a port or a query alone is no part of it
    ("", 0),
]


@pytest.mark.parametrize(("text", "count"), COUNTS)
def test_a_text_counts_as_x_counts_it(text: str, count: int) -> None:
    assert weighted(text) == count


@pytest.mark.parametrize(
    ("character", "count"),
    [
        *(("\u10ff", 1), ("\u1100", 2), ("\u2000", 1), ("\u200d", 1), ("\u200e", 2), ("\u2010", 1)),
        *(("\u201f", 1), ("\u2020", 2), ("\u2031", 2), ("\u2032", 1), ("\u2037", 1), ("\u2038", 2)),
    ],
)
def test_the_ranges_end_where_x_ends_them(character: str, count: int) -> None:
    assert weighted(character) == count


@given(st.text(max_size=60))
def test_both_forms_of_a_text_count_the_same(text: str) -> None:
    assert weighted(unicodedata.normalize("NFD", text)) == weighted(unicodedata.normalize("NFC", text))


@given(st.text("abc ", max_size=30), st.text("abc/?=", max_size=300))
def test_an_address_counts_the_same_whatever_is_behind_it(before: str, tail: str) -> None:
    assert weighted(f"{before} https://example.com/{tail}a") == len(before) + 1 + 23


@pytest.mark.parametrize(
    "text", ["あ" * 10_000, "a." * 5000, "(" * 10_000, "a.com/" + "(a" * 4500, "http://" * 1400, "a.com/?" * 1400]
)
def test_the_longest_texts_are_counted_soon(text: str) -> None:
    begun = time.process_time()
    weighted(text)
    assert time.process_time() - begun < 1
