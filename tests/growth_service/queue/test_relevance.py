"""The relevance of a tweet: each part by its formula, what is missing left out, and that more is never worse."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from growth_service.posts.accounts import Account
from growth_service.posts.tweet_rows import Tweet
from growth_service.queue import relevance
from growth_service.wording.reasons import Scored
from growth_service.wording.voices import Voice

NOW = 1_764_000_000
HOUR = 3600


def tweet(**more: Any) -> Tweet:
    base: dict[str, Any] = {
        "id": "1", "account_id": "2", "account_username": "sam", "text": "What is a subnet mask?",
        "metrics": {"likes": 3, "retweets": 1, "replies": 1, "impressions": 1000},
        "entities": None, "ai_analysis": None, "created_at": NOW - 6 * HOUR, "analyzed_at": None,
    }  # fmt: skip
    return Tweet(**(base | more))  # type: ignore[typeddict-item]  # columns that a later table may have


def author(followers: int = 999) -> Account:
    return Account(
        id="2", username="sam", display_name=None, bio=None, followers_count=followers, following_count=0,
        tweet_count=0, kind=None, last_analyzed_at=None, created_at=0, updated_at=0,
    )  # fmt: skip


def voice(topics: list[str], preferred: list[str] | None = None) -> Voice:
    return Voice(
        id=1, is_active=1, version=1, created_at=0, updated_at=0, name="Calm", description=None, tone=None,
        topics=topics, vocabulary={"preferred": preferred or [], "avoided": []}, examples=[], voice_data=None,
    )  # fmt: skip


def values(scored: Scored) -> dict[str, float | None]:
    return {reason["name"]: reason["value"] for reason in scored.reasons}


def topics(text: str, listed: list[str], preferred: list[str] | None = None, **more: Any) -> float | None:
    """The value of the part `topics` alone."""
    return values(relevance.score(tweet(text=text, **more), None, voice(listed, preferred), NOW))["topics"]


def test_each_part_is_as_its_formula_says_and_the_score_is_their_mean() -> None:
    scored = relevance.score(tweet(), author(), voice(["subnet mask", "dns"]), NOW)
    assert scored.reasons == [
        {"name": "topics", "value": 0.5, "weight": 0.4, "why": "about subnet mask"},
        {"name": "engagement", "value": 0.2, "weight": 0.2, "why": "5 for 1000 views, 0.50%"},
        {"name": "reach", "value": 0.5, "weight": 0.2, "why": "999 followers"},
        {"name": "age", "value": 0.5, "weight": 0.2, "why": "6.0 hours old"},
    ]
    assert scored.score == pytest.approx(0.4 * 0.5 + 0.2 * 0.2 + 0.2 * 0.5 + 0.2 * 0.5)


@pytest.mark.parametrize(
    ("changed", "who", "spoken", "left_out", "weight"),
    [
        ({}, author(), None, "topics", 1 / 3),
        ({}, author(), voice([], ["\t"]), "topics", 1 / 3),
        ({"metrics": None}, author(), voice(["dns"]), "engagement", 0.25),
        ({"metrics": {"impressions": 10}}, author(), voice(["dns"]), "engagement", 0.25),
        ({"metrics": {"likes": 1}}, author(0), voice(["dns"]), "engagement", 0.25),
        ({}, None, voice(["dns"]), "reach", 0.25),
        ({"created_at": None}, author(), voice(["dns"]), "age", 0.25),
    ],
)
def test_what_is_not_known_is_left_out_and_the_rest_weighs_more(
    changed: dict[str, Any], who: Account | None, spoken: Voice | None, left_out: str, weight: float
) -> None:
    scored = relevance.score(tweet(**changed), who, spoken, NOW)
    (reason,) = (reason for reason in scored.reasons if reason["name"] == left_out)
    assert (reason["value"], reason["weight"]) == (None, 0)
    assert ("known" in reason["why"]) or ("voice profile" in reason["why"])
    others = [reason for reason in scored.reasons if reason["name"] != left_out]
    assert others[-1]["weight"] == pytest.approx(weight, abs=1e-4)
    assert sum(reason["weight"] for reason in others) == pytest.approx(1, abs=1e-3)


def test_where_nothing_is_known_the_score_is_nought() -> None:
    scored = relevance.score(tweet(metrics=None, created_at=None), None, None, NOW)
    assert (scored.score, scored.is_known) == (0, False)


@pytest.mark.parametrize(
    ("text", "listed"),
    [
        ("Subnets are hard", "subnet"),
        ("one POLICY per zone", "policies"),
        ("two policies", "Policy"),
        ("my switches died", "switch"),
        ("IP addresses!", "address"),
        ("CPUs and their caches", "cpu"),
        ("caches", "cache"),
        ("all statuses", "status"),
        ("Network Security rocks", "network security"),
        ("#NetworkSecurity", "network security"),
        ("#networksecurity", "Network Security"),
        ("#network_security", "network security"),
        ("new wi-fi router", "WiFi"),
        ("new wifi router", "Wi-Fi"),
        ("the Wi-Fi works", "fi works"),
        ("802.11ac is old", "802.11ac"),
        ("I write C++ and C#", "C++"),
        ("I write C# daily", "C#"),
        ("IPv6!", "ipv6"),
        ("the router’s table", "router"),
        ("サブネットの計算", "サブネット"),
        ("ｓｕｂｎｅｔ", "subnet"),
        ("CAFÉ", "cafe\u0301"),
        ("R&amp;D", "R&D"),
        ("a &lt;prefix&gt;", "prefix"),
        ("shipping it 🚀", "🚀"),
    ],
)
def test_a_topic_is_found_whatever_its_form(text: str, listed: str) -> None:
    assert topics(text, [listed]) == 0.5


@pytest.mark.parametrize(
    ("text", "listed"),
    [
        ("subnetting", "subnet"),
        ("security of a network", "network security"),
        ("https://dns.example/dns dns.example", "routing"),
        ("read https://x.example/dns", "dns"),
        ("thanks @dns_team", "dns"),
        ("I write C", "C++"),
        ("see 802.11", "802.1"),
        ("glass", "gla"),
        ("network | security", "network security"),
        ("", "dns"),
    ],
)
def test_what_is_no_topic_is_not_found(text: str, listed: str) -> None:
    assert topics(text, [listed]) == 0


def test_topics_count_once_each_and_words_half() -> None:
    assert topics("dns dns DNS #dns", ["dns", "DNS"]) == 0.5
    assert topics("dns and bgp", ["dns", "bgp"]) == 0.75
    assert topics("dns in a zone", ["dns"], ["zone"]) == pytest.approx(1 - 0.5**1.5, abs=1e-4)
    assert topics("dns", ["dns"], ["DNS"]) == 0.5
    assert topics("a zone", ["dns"], ["zone"]) == pytest.approx(1 - 0.5**0.5, abs=1e-4)


def test_hashtags_and_what_an_analysis_found_count_as_text() -> None:
    assert topics("Look", ["vlan"], entities={"hashtags": ["VLANs"]}) == 0.5
    assert topics("Look", ["vlan"], ai_analysis={"topics": ["vlan"]}) == 0.5
    assert topics("Look", ["look vlan"], entities={"hashtags": ["vlan"]}) == 0


@pytest.mark.parametrize("garbage", [None, "vlan", 5, {"vlan": 1}, [None, 5, ["vlan"]]])
def test_garbage_in_documents_counts_as_nothing(garbage: Any) -> None:
    assert topics("Look", ["vlan"], entities={"hashtags": garbage}, ai_analysis={"topics": garbage}) == 0


def engagement(metrics: dict[str, int], followers: int = 100) -> float | None:
    return values(relevance.score(tweet(metrics=metrics), author(followers), None, NOW))["engagement"]


def test_engagement_is_what_people_did_per_view_or_else_per_follower() -> None:
    acts = {"likes": 1, "retweets": 2, "replies": 3, "quotes": 4}
    assert engagement(acts | {"impressions": 500}) == pytest.approx(0.5)  # 2 %
    assert engagement(acts, followers=500) == pytest.approx(0.5)
    assert engagement(acts | {"impressions": 0}, followers=500) == pytest.approx(0.5)
    assert engagement({"likes": 50, "impressions": 10}) == engagement({"likes": 10, "impressions": 10})
    assert engagement({"likes": -5, "impressions": -1}, followers=500) == 0


def test_reach_is_full_at_a_million_and_age_never_below_nought() -> None:
    for followers, value in ((0, 0), (9, 1 / 6), (999_999, 1), (10**9, 1), (-5, 0)):
        assert values(relevance.score(tweet(), author(followers), None, NOW))["reach"] == pytest.approx(value, abs=1e-4)
    for age, value in ((-HOUR, 1), (0, 1), (12 * HOUR, 0.25), (10**12, 0)):
        assert values(relevance.score(tweet(created_at=NOW - age), None, None, NOW))["age"] == pytest.approx(value)


COUNTS = some.integers(-10, 2**63 - 1)
METRICS = some.dictionaries(some.sampled_from(["likes", "retweets", "replies", "quotes", "impressions"]), COUNTS)
TEXTS = some.text(max_size=50)


@given(METRICS, COUNTS, some.integers(-(2**62), 2**62), TEXTS, some.lists(TEXTS), some.lists(TEXTS))
def test_any_tweet_has_a_score_from_nought_to_one_that_its_reasons_add_up_to(
    metrics: dict[str, int], followers: int, created_at: int, text: str, listed: list[str], preferred: list[str]
) -> None:
    scored = relevance.score(
        tweet(metrics=metrics, created_at=created_at, text=text), author(followers), voice(listed, preferred), NOW
    )
    assert 0 <= scored.score <= 1
    assert all(0 <= reason["value"] <= 1 for reason in scored.reasons if reason["value"] is not None)
    summed = math.fsum(reason["weight"] * (reason["value"] or 0) for reason in scored.reasons)
    assert summed == pytest.approx(scored.score, abs=1e-3)


@given(METRICS, some.sampled_from(["likes", "retweets", "replies", "quotes"]), some.integers(0, 10**9), COUNTS)
def test_more_engagement_never_lowers_the_score(metrics: dict[str, int], name: str, more: int, followers: int) -> None:
    metrics = {"likes": 0} | metrics
    better = metrics | {name: metrics.get(name, 0) + more}
    before, after = (
        relevance.score(tweet(metrics=counts), author(followers), None, NOW).score for counts in (metrics, better)
    )
    assert after >= before


@given(some.integers(0, 10**9), some.integers(0, 10**9), some.integers(-HOUR, 10**9), some.integers(0, 10**9))
def test_more_followers_and_less_age_never_lower_it(followers: int, more: int, age: int, younger: int) -> None:
    before = relevance.score(tweet(created_at=NOW - age), author(followers), None, NOW).score
    assert relevance.score(tweet(created_at=NOW - age), author(followers + more), None, NOW).score >= before
    assert relevance.score(tweet(created_at=NOW - age + younger), author(followers), None, NOW).score >= before


@given(some.lists(some.sampled_from(["dns", "bgp", "wi-fi", "zone"]), max_size=6), some.sampled_from(["dns", "zone"]))
def test_one_more_topic_in_the_text_never_lowers_it(said: list[str], more: str) -> None:
    profile = voice(["dns", "Wi-Fi"], ["zone", "dns"])
    before, after = (
        relevance.score(tweet(text=" and ".join(words)), None, profile, NOW).score for words in (said, [*said, more])
    )
    assert after >= before
