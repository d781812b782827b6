"""How well a draft keeps to a voice: each part, what the profile says nothing about, and that the worse scores less."""

import math
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from growth_service.wording import consistency, measures, tones
from growth_service.wording.voices import Voice
from tests.growth_service.wording.speaking import CALM

EMPTY: dict[str, Any] = {
    "name": "x", "description": None, "tone": None, "topics": [], "vocabulary": {"preferred": [], "avoided": []},
    "examples": [], "voice_data": None,
}  # fmt: skip
PARTS = ["tone", "preferred", "avoided", "emoji", "length", "punctuation", "hashtags", "person"]


def voice(**content: Any) -> Voice:
    row: dict[str, Any] = EMPTY | content
    return Voice(**row, id=1, is_active=1, version=1, created_at=0, updated_at=0)  # type: ignore[typeddict-item]


def words(preferred: list[str], avoided: list[str]) -> dict[str, list[str]]:
    return {"preferred": preferred, "avoided": avoided}


CALM_VOICE = voice(**{name: CALM[name] for name in EMPTY if name in CALM})


def parts(text: str, profile: Voice) -> dict[str, float | None]:
    return {reason["name"]: reason["value"] for reason in consistency.score(text, profile).reasons}


def why(text: str, profile: Voice, name: str) -> str:
    (reason,) = (reason for reason in consistency.score(text, profile).reasons if reason["name"] == name)
    return reason["why"]


def test_the_parts_have_their_weights() -> None:
    scored = consistency.score("Which subnet?", CALM_VOICE)
    assert [(reason["name"], reason["weight"]) for reason in scored.reasons] == [
        ("tone", 0.2), ("preferred", 0.15), ("avoided", 0.2), ("emoji", 0.1), ("length", 0.1), ("punctuation", 0.1),
        ("hashtags", 0.05), ("person", 0.1),
    ]  # fmt: skip


def test_what_a_profile_says_nothing_about_is_left_out() -> None:
    assert set(parts("Hello", voice()).values()) == {None}
    assert consistency.score("Hello", voice()).is_known is False
    assert consistency.score("Hello", voice()).score == 0
    only = consistency.score("No guru here", voice(vocabulary=words([], ["guru", "hype"])))
    assert [(reason["name"], reason["weight"]) for reason in only.reasons if reason["value"] is not None] == [
        ("avoided", 1)
    ]
    assert only.score == 0
    blank = voice(examples=[" ", "\n"])
    assert consistency.score("Hello", blank).is_known is False


def test_the_only_example_itself_keeps_to_its_voice() -> None:
    text = "I can't count that high! 🚀 #fun"
    assert consistency.score(text, voice(examples=[text])).score == 1


@pytest.mark.parametrize(
    ("draft", "worse", "part"),
    [
        ("So it is", "So it is amazing, really", "tone"),
        ("Which subnet?", "Which one?", "preferred"),
        ("Be good", "Be a guru", "avoided"),
        ("Well", "Well 🚀🚀", "emoji"),
        (CALM["examples"][0], "x" * 270, "length"),
        ("Well?", "Well?!!!", "punctuation"),
        ("Well", "Well #a #b", "hashtags"),
        ("The subnet is it", "I me my subnet", "person"),
    ],
)
def test_each_part_falls_by_its_own_mistake(draft: str, worse: str, part: str) -> None:
    before, after = parts(draft, CALM_VOICE)[part], parts(worse, CALM_VOICE)[part]
    assert before is not None
    assert after is not None
    assert after < before


def test_one_deviation_is_free_and_beyond_it_falls_as_a_normal_curve() -> None:
    samples = [100.0, 140.0]  # mean 120, standard deviation 28.28
    spread = math.sqrt(800)
    for z, value in ((0, 1), (1, 1), (2, math.exp(-0.5)), (3, math.exp(-2))):
        for sign in (1, -1):
            assert measures.near(120 + sign * z * spread, samples, 1).value == pytest.approx(value)
    assert measures.near(125, [120.0], 5).value == 1  # one sample: what nobody notices
    assert measures.near(130, [120.0, 120.0], 5).value == pytest.approx(math.exp(-0.5))


def test_preferred_words_count_up_to_as_many_as_the_examples_have() -> None:
    listed = words(["dns", "zone", "record"], [])
    assert parts("dns", voice(vocabulary=listed))["preferred"] == 1
    examples = ["A zone has records in the DNS", "The DNS has zones of records"]
    with_examples = voice(vocabulary=listed, examples=examples)
    assert parts("Zones", with_examples)["preferred"] == pytest.approx(1 / 3, abs=1e-4)
    assert parts("Zones and records", with_examples)["preferred"] == pytest.approx(2 / 3, abs=1e-4)
    assert why("Zones and records", with_examples, "preferred") == "it has zone, record; 3 would do"
    assert parts("Nothing", voice(vocabulary=listed, examples=["Nothing, too"]))["preferred"] == 0


def test_one_avoided_word_is_enough() -> None:
    profile = voice(vocabulary=words([], ["guru", "crush it"]))
    assert parts("You crush  IT", profile)["avoided"] == 0
    assert why("You crush IT", profile, "avoided") == "it has crush it"
    assert parts("You crush. It is", profile)["avoided"] == 0  # marks do not hide a phrase
    assert parts("Fine", profile)["avoided"] == 1


@pytest.mark.parametrize(
    ("tone", "text", "value"),
    [
        ("calm", "It is so", 1),
        ("calm", "It is amazing", 0.5),
        ("calm", "Very, very amazing!", (0.25 + 0.5) / 2),
        ("friendly", "Thanks for asking", 1),
        ("friendly", "You got this", 1),
        ("Friendly!", "No", 0.5),
        ("friendly and calm", "Thanks, amazing", 0.75),
        ("formal", "It's what they don't know", 0.25),
        ("formal", "The router’s table", 1),
        ("formal", "They don’t know", 0.5),
        ("confident", "Maybe it might be", 0.25),
        ("not formal", "It's so", None),
        ("sui generis", "It's so", None),
        ("", "It's so", None),
        (None, "It's so", None),
    ],
)
def test_a_tone_wants_its_marks_and_shuns_others(tone: str | None, text: str, value: float | None) -> None:
    assert parts(text, voice(tone=tone))["tone"] == value


def test_where_no_tone_is_named_the_examples_tell_which_marks_are_usual() -> None:
    profile = voice(examples=["Don't panic!", "We can't see it!"])
    assert parts("It doesn't work!", profile)["tone"] == 1
    assert parts("It does not work.", profile)["tone"] == pytest.approx(math.exp(-0.5), abs=1e-4)
    assert why("Btw it doesn't!", profile, "tone").startswith("1 slang, the examples have 0 ± 0; 1 contractions")


def test_marks_that_a_tone_speaks_of_are_not_held_against_the_examples() -> None:
    assert parts("It's so", voice(tone="casual", examples=["It is."]))["tone"] == 1
    assert parts("It's so", voice(tone="confident", examples=["It is."]))["tone"] == pytest.approx(
        math.exp(-0.5), abs=1e-4
    )


def test_every_tone_that_is_named_has_a_rule_of_known_kinds() -> None:
    for rules in (tones.WANTS, tones.SHUNS):
        assert {kind for kinds in rules.values() for kind in kinds} <= set(tones.KINDS)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("🚀", 1),
        ("👨‍👩‍👧‍👦", 1),
        ("👍🏽", 1),
        ("🇩🇪🇫🇷", 2),
        ("1️⃣ 2", 1),
        ("❤️ ☺", 2),
        ("🏴󠁧󠁢󠁥󠁮󠁧󠁿", 1),
        ("© ™ → 2 #", 0),
        ("©️", 1),
        ("日本", 0),
    ],
)
def test_an_emoji_is_one_however_it_is_made(text: str, count: int) -> None:
    assert measures.of(f"a {text}")["emoji"] * len(f"a {text}".split()) == pytest.approx(count)


def test_links_have_the_length_that_they_have_on_x() -> None:
    assert measures.of(" See https://pingtopass.example/a/very/long/way/to/it?u=1 ")["characters"] == 27
    assert measures.of("x https://a.example/!?#tag")["exclamations"] == 0
    assert measures.of("x https://a.example/!?#tag")["hashtags"] == 0


@pytest.mark.parametrize(
    "piece",
    ["Aa", "#Aa", "#", "#1", "-a", "a-", "1.", "1", "@a ", "\ufdfa", "☺\u200d", "x's", "http://", "n't", "!", "|"],
)
def test_the_longest_draft_of_any_pieces_is_scored_at_once(piece: str) -> None:
    """Against the longest profile, too. It takes some 0.15 s of CPU; what grows with the square takes seconds."""
    listed = words([f"preferred {number} " + "x" * 80 for number in range(100)], ["y" * 100] * 100)
    profile = voice(tone="calm, friendly", examples=[(piece * 1000)[:1000]] * 20, vocabulary=listed)
    began = time.process_time()
    assert 0 <= consistency.score((piece * 10_000)[:10_000], profile).score <= 1
    assert time.process_time() - began < 2


TEXTS = some.text(max_size=300)


@given(TEXTS, some.lists(TEXTS, max_size=5), some.none() | TEXTS, some.lists(TEXTS, max_size=5))
def test_any_draft_has_a_score_from_nought_to_one_that_its_reasons_add_up_to(
    text: str, examples: list[str], tone: str | None, listed: list[str]
) -> None:
    profile = voice(examples=examples, tone=tone, vocabulary=words(listed[:2], listed[2:]))
    scored = consistency.score(text, profile)
    assert scored == consistency.score(text, profile)
    assert 0 <= scored.score <= 1
    assert [reason["name"] for reason in scored.reasons] == PARTS
    assert all(reason["why"] for reason in scored.reasons)
    assert all(0 <= reason["value"] <= 1 for reason in scored.reasons if reason["value"] is not None)
    summed = math.fsum(reason["weight"] * (reason["value"] or 0) for reason in scored.reasons)
    assert summed == pytest.approx(scored.score, abs=1e-3)


@given(TEXTS, some.sampled_from(["guru", "crush it"]))
def test_an_avoided_word_never_raises_the_score_by_being_avoided(text: str, word: str) -> None:
    without = voice(examples=CALM["examples"], vocabulary=words([], ["hype-free"]))
    avoiding = voice(examples=CALM["examples"], vocabulary=words([], ["hype-free", word]))
    assert consistency.score(f"{text} {word}", avoiding).score <= consistency.score(f"{text} {word}", without).score
