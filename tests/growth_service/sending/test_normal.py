"""A text of ours and the post that X makes of it have one normal form."""

import time
import unicodedata

import pytest

from growth_service.x import normal

LINK = "https://t.co/XVyb1QV5rI"


def links(**entity: object) -> list[dict[str, object]]:
    return [{"url": LINK, **entity}]


def test_our_reply_as_x_gives_it_back() -> None:
    ours = 'Try "ip route <prefix> <mask>" & read https://pingtopass.example/r/7?u=1'
    theirs = f'@subnetsam Try "ip route &lt;prefix&gt; &lt;mask&gt;" &amp; read {LINK}'
    form = 'Try "ip route <prefix> <mask>" & read pingtopass.example/r/7?u=1'
    assert normal.of_draft(ours) == form
    assert normal.of_post(theirs, links(expanded_url="https://pingtopass.example/r/7?u=1")) == form


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("a &lt; b", "a &amp;lt; b"),
        ("a &amp; b", "a &amp;amp; b"),
        ("&copy; 2026", "&amp;copy; 2026"),
        ('it\'s "so"', "it&#39;s &quot;so&quot;"),
        ("256 - 224", "@subnetsam @rosalabs 256 - 224"),
        ("@subnetsam 256 - 224", "@subnetsam 256 - 224"),
        ("@subnetsam, look", "@subnetsam @subnetsam, look"),
        ("two\n\n lines ", "@subnetsam two\n\nlines"),
        (unicodedata.normalize("NFD", "déjà vu"), "déjà vu"),
        ("", "@subnetsam"),
        ("look", "@subnetsam look https://pic.twitter.com/AbC1 pic.x.com/dE2"),
    ],
)
def test_what_x_does_to_words(ours: str, theirs: str) -> None:
    assert normal.of_draft(ours) == normal.of_post(theirs, [])


@pytest.mark.parametrize(
    ("ours", "entity"),
    [
        ("test.co", {"expanded_url": "http://test.co"}),
        ("Test.CO/Path", {"expanded_url": "http://Test.CO/Path"}),
        ("https://test.co", {"expanded_url": "https://test.co/"}),
        ("HTTPS://test.co/a/", {"expanded_url": "https://test.co/a"}),
        ("http://test.co/?a=1&b=2", {"expanded_url": "http://test.co/?a=1&b=2"}),
        ("http://test.co/?a=&amp;b", {"expanded_url": "http://test.co/?a=&amp;b"}),
        ("https://test.co/long", {"expanded_url": None, "unwound_url": "https://test.co/long"}),
        ("https://bit.ly/7", {"expanded_url": "https://bit.ly/7", "unwound_url": "https://test.co/long"}),
        (LINK, {}),
    ],
)
def test_links_are_what_was_written(ours: str, entity: dict[str, object]) -> None:
    assert normal.of_draft(f"see {ours}. Then") == normal.of_post(f"@sam see {LINK}. Then", links(**entity))


def test_the_path_of_a_link_keeps_its_case() -> None:
    assert normal.of_draft("test.co/A") != normal.of_draft("test.co/a")


@pytest.mark.parametrize(
    "entity",
    [
        {"expanded_url": "https://twitter.com/us/status/9/photo/1"},
        {"expanded_url": "https://x.com/us/status/9/video/1", "display_url": "pic.x.com/a"},
        {"media_key": "3_9", "expanded_url": "https://test.co"},
    ],
)
def test_a_picture_is_no_part_of_the_text(entity: dict[str, object]) -> None:
    assert normal.of_post(f"look {LINK}", links(**entity)) == "look"


def test_the_link_to_what_is_quoted_goes_and_no_other() -> None:
    for host in ("twitter.com", "x.com"):
        quoting = links(expanded_url=f"https://{host}/subnetsam/status/77?s=20")
        assert normal.of_post(f"so true {LINK}", quoting, "77") == "so true"
        assert normal.of_post(f"so true {LINK}", quoting, "7") == f"so true {host}/subnetsam/status/77?s=20"
    assert normal.of_draft("so true https://x.com/subnetsam/status/77", "77") == "so true"


@pytest.mark.parametrize("part", ["a.", "a-", "/status/1", "@a ", "https://"])
def test_a_long_text_takes_no_longer_than_its_length(part: str) -> None:
    text = part * (100_000 // len(part))
    started = time.process_time()
    normal.of_draft(text)
    normal.of_post(text, [])
    assert time.process_time() - started < 0.5
