"""Posts of our own account tell what became of a reply whose outcome is unknown."""

import time
from typing import Any

import pytest
from flask.testing import FlaskClient

from growth_service.x import ids
from shared_schema.database import Database
from tests.growth_service.conftest import (
    QUEUE,
    SAM,
    TWEETS,
    Engage,
    approved,
    audit_rows,
    claim,
    just_now,
    run_out,
    status,
    stored,
    tweet_id,
    x_response,
    x_tweet,
)

OPPORTUNITIES, ATTEMPTS = "engagement_opportunities", "send_attempts"
OWN = "1888888888888888888"
LINK = "https://t.co/XVyb1QV5rI"
WRITTEN = 'Try "ip route <prefix> <mask>" & read https://pingtopass.example/r/7?u=1'
SHOWN = f'@subnetsam Try "ip route &lt;prefix&gt; &lt;mask&gt;" &amp; read {LINK}'
ENTITIES = {"urls": [{"start": 65, "end": 88, "url": LINK, "expanded_url": "https://pingtopass.example/r/7?u=1"}]}


def at(seconds: float) -> str:
    """The id of a post made so many seconds from now."""
    return str(ids.at(time.time() + seconds))


def post(made: float, answered: str, text: str = SHOWN, how: str = "replied_to", **more: Any) -> dict[str, Any]:
    """A post of ours as X shows it."""
    return {
        "id": at(made),
        "author_id": OWN,
        "text": text,
        "referenced_tweets": [{"type": how, "id": answered}],
        "entities": ENTITIES,
    } | more


def ingest(bot: FlaskClient, *posts: dict[str, Any], query: str = "", **meta: Any) -> None:
    body = x_response(*posts, users=[{"id": OWN, "username": "pingtopass"}])
    body["meta"] |= meta
    response = bot.post(f"{TWEETS}{query}", json=body)
    assert response.status_code == 200, response.json


@pytest.fixture
def own(bot: FlaskClient) -> str:
    bot.put(f"/api/twitter/accounts/{OWN}", json={"username": "pingtopass", "kind": "own"})
    return OWN


@pytest.fixture
def tried(bot: FlaskClient, approver: FlaskClient, tweets: list[str], own: str, database: Database) -> str:
    """An opportunity that was leased from twenty to fifteen minutes ago, without a report."""
    opportunity = approved(bot, approver, tweets[0], suggestedResponse=WRITTEN)
    lease(bot, database)
    return opportunity


def lease(bot: FlaskClient, database: Database, began_s: int = -1200, ended_s: int = -900) -> str:
    """The token of a lease of the past."""
    token: str = claim(bot)[0]["leaseToken"]
    database.execute_sql(
        f"UPDATE {ATTEMPTS} SET leased_at = unixepoch() + ?, lease_expires_at = unixepoch() + ? WHERE lease_token = ?",
        (began_s, ended_s, token),
    )
    database.execute_sql(
        f"UPDATE {OPPORTUNITIES} SET lease_expires_at = unixepoch() + ? WHERE lease_token = ?", (ended_s, token)
    )
    return token


def attempt(database: Database, opportunity: str) -> dict[str, Any]:
    return stored(database, ATTEMPTS, opportunity, "opportunity_id")


def result(database: Database, opportunity: str) -> tuple[str, str | None]:
    row = stored(database, OPPORTUNITIES, opportunity)
    return row["status"], row["result_tweet_id"]


OTHER = tweet_id(9)
TIMELINE = f"?accountId={OWN}&timeline=true"


def missing(bot: FlaskClient, *ages: float, query: str = TIMELINE, **meta: Any) -> None:
    """File a page of our timeline that has replies of these ages to another tweet."""
    ingest(bot, *(post(age, OTHER, "@rosalabs hello") for age in ages), query=query, **meta)


# What was sent is found.


def test_our_reply_comes_back_changed_and_is_found(
    bot: FlaskClient, tried: str, tweets: list[str], database: Database
) -> None:
    found = post(-1000, tweets[0])
    ingest(bot, found)
    row, proven = stored(database, OPPORTUNITIES, tried), attempt(database, tried)
    assert (row["status"], row["result_tweet_id"], row["failure_reason"]) == ("executed", found["id"], None)
    assert row["executed_at"] == just_now()
    assert (proven["outcome"], proven["result_tweet_id"], proven["settled_by"]) == ("sent", found["id"], "timeline")
    assert proven["settled_at"] == just_now()
    entry = audit_rows(database, "opportunity")[-1]
    assert (entry["action"], entry["entity_id"], entry["role"]) == ("opportunity.execute", tried, "service")
    assert entry["metadata"] == {"subject": "growth_service"}
    assert (entry["old_values"], entry["new_values"]) == (
        {"status": "claimed"},
        {"status": "executed", "result_tweet_id": found["id"]},
    )
    lines = audit_rows(database, "opportunity")
    ingest(bot, found)
    assert audit_rows(database, "opportunity") == lines


@pytest.mark.parametrize("state", ["claimed", "unknown", "approved", "pending", "rejected", "running"])
def test_a_post_is_proof_in_every_state(
    bot: FlaskClient, tried: str, tweets: list[str], database: Database, state: str
) -> None:
    until = "unixepoch() + 300" if state == "running" else "unixepoch() - 900"
    word = "claimed" if state == "running" else state
    database.execute_sql(f"UPDATE {OPPORTUNITIES} SET status = '{word}', lease_expires_at = {until}")
    found = post(-1000, tweets[0])
    ingest(bot, found)
    assert result(database, tried) == ("executed", found["id"])


@pytest.mark.parametrize(
    ("words", "made", "is_found"),
    [
        ("the same", -1200, True),
        ("the same", -1250, True),  # clocks differ by up to a minute
        ("the same", -1270, False),
        ("the same", -10, True),  # by hand, after the lease
        ("others", -1000, True),
        ("others", -850, True),
        ("others", -830, False),
        ("others", -1250, True),
        ("others", -1270, False),
    ],
)
def test_which_post_is_the_attempts(
    bot: FlaskClient, tried: str, tweets: list[str], database: Database, words: str, made: float, is_found: bool
) -> None:
    ingest(bot, post(made, tweets[0], SHOWN if words == "the same" else "@subnetsam something else"))
    assert (status(bot, tried) == "executed") == is_found


def test_a_caller_who_sent_nothing_is_believed_but_for_its_very_words(
    bot: FlaskClient, tried: str, tweets: list[str], database: Database
) -> None:
    report = {"leaseToken": attempt(database, tried)["lease_token"], "outcome": "not_sent"}
    assert bot.post(f"{QUEUE}/{tried}/failed", json=report).json["status"] == "approved"
    ingest(bot, post(-1000, tweets[0], "@subnetsam something else"))
    assert status(bot, tried) == "approved"
    ingest(bot, post(-999, tweets[0]))
    assert status(bot, tried) == "executed"


@pytest.mark.parametrize(
    "more",
    [
        {"author_id": SAM},
        {"referenced_tweets": [{"type": "replied_to", "id": OTHER}]},
        {"referenced_tweets": [{"type": "quoted", "id": tweet_id(0)}]},
        {"referenced_tweets": [{"type": "retweeted", "id": tweet_id(0)}]},
        {"referenced_tweets": None},
        {"id": "9" * 20},
    ],
)
def test_a_post_of_somebody_else_or_about_something_else_proves_nothing(
    bot: FlaskClient, tried: str, tweets: list[str], database: Database, more: dict[str, Any]
) -> None:
    ingest(bot, post(-1000, tweets[0]) | more)
    assert result(database, tried) == ("claimed", None)


def test_a_quote_is_found_and_a_reply_to_the_same_tweet_is_another(
    bot: FlaskClient, approver: FlaskClient, tweets: list[str], own: str, database: Database
) -> None:
    opportunity = approved(bot, approver, tweets[0], opportunityType="quote", suggestedResponse="so true")
    lease(bot, database)
    ingest(bot, post(-1000, tweets[0], "so true"))
    assert result(database, opportunity) == ("claimed", None)
    urls = [{"url": LINK, "expanded_url": f"https://twitter.com/subnetsam/status/{tweets[0]}"}]
    quote = post(-10, tweets[0], f"so true {LINK}", "quoted", entities={"urls": urls})
    ingest(bot, quote)
    assert result(database, opportunity) == ("executed", quote["id"])


def test_a_long_reply_is_found_by_its_whole_text(
    bot: FlaskClient, tried: str, tweets: list[str], database: Database
) -> None:
    cut = post(-10, tweets[0], "@subnetsam Try", entities={}, note_tweet={"text": SHOWN, "entities": ENTITIES})
    ingest(bot, cut)
    assert result(database, tried) == ("executed", cut["id"])


def test_of_two_attempts_the_one_with_these_words_was_it(
    bot: FlaskClient, approver: FlaskClient, tried: str, tweets: list[str], database: Database
) -> None:
    first = attempt(database, tried)["lease_token"]
    bot.post(f"{QUEUE}/{tried}/release", json={"leaseToken": first})
    approver.patch(f"{QUEUE}/{tried}", json={"suggestedResponse": "shorter"})
    approver.post(f"{QUEUE}/{tried}/approve")
    second = lease(bot, database)
    found = post(-1000, tweets[0])
    ingest(bot, found)
    assert stored(database, ATTEMPTS, first, "lease_token")["result_tweet_id"] == found["id"]
    assert stored(database, ATTEMPTS, second, "lease_token")["outcome"] is None
    assert result(database, tried) == ("executed", found["id"])


def test_of_two_attempts_with_these_words_the_open_one_was_it(
    bot: FlaskClient, tried: str, tweets: list[str], database: Database
) -> None:
    first = attempt(database, tried)["lease_token"]
    bot.post(f"{QUEUE}/{tried}/release", json={"leaseToken": first})
    second = lease(bot, database, -1210)
    ingest(bot, post(-1000, tweets[0]))
    assert stored(database, ATTEMPTS, second, "lease_token")["outcome"] == "sent"
    assert stored(database, ATTEMPTS, first, "lease_token")["outcome"] == "not_sent"


def test_two_posts_of_two_attempts_are_flagged(
    bot: FlaskClient, tried: str, tweets: list[str], database: Database
) -> None:
    bot.post(f"{QUEUE}/{tried}/release", json={"leaseToken": attempt(database, tried)["lease_token"]})
    lease(bot, database)
    posts = [post(-1000, tweets[0]), post(-990, tweets[0])]
    ingest(bot, *posts)
    assert result(database, tried)[0] == "executed"
    flagged = stored(database, OPPORTUNITIES, tried)["flagged"]
    assert flagged == f"sent more than once: as {posts[0]['id']} and as {posts[1]['id']}"


def test_a_post_is_proof_of_one_attempt_alone(
    bot: FlaskClient, tried: str, tweets: list[str], database: Database
) -> None:
    first = attempt(database, tried)["lease_token"]
    found = post(-1000, tweets[0])
    bot.post(f"{QUEUE}/{tried}/release", json={"leaseToken": first})
    second = lease(bot, database)
    bot.post(f"{QUEUE}/{tried}/executed", json={"leaseToken": first, "resultTweetId": found["id"]})
    ingest(bot, found)
    assert stored(database, ATTEMPTS, second, "lease_token")["outcome"] is None
    assert stored(database, OPPORTUNITIES, tried)["flagged"] is None


def test_an_ingest_that_is_repeated_settles_once(
    bot: FlaskClient, tried: str, tweets: list[str], database: Database
) -> None:
    body = x_response(post(-1000, tweets[0]), users=[{"id": OWN, "username": "pingtopass"}])
    for replayed in (None, "true"):
        response = bot.post(TWEETS, json=body, headers={"Idempotency-Key": "timeline-1"})
        assert (response.status_code, response.headers.get("Idempotency-Replayed")) == (200, replayed)
    actions = [entry["action"] for entry in audit_rows(database, "opportunity")]
    assert actions.count("opportunity.execute") == 1


# What was not sent is missed.


def test_what_a_later_timeline_lacks_goes_back_to_a_person(
    bot: FlaskClient, tried: str, database: Database, engage: Engage
) -> None:
    engage(pending_s=5 * 3600)
    missing(bot, -1300, -1000, -800)
    row, missed = stored(database, OPPORTUNITIES, tried), attempt(database, tried)
    reason = "not found on our timeline, which has a later post"
    assert (row["status"], row["failure_reason"]) == ("pending", reason)
    assert (row["lease_token"], row["lease_expires_at"]) == (None, None)
    assert (row["approved_pair"], row["decided_by"], row["decided_at"]) == (None, None, None)
    assert row["pending_until"] == just_now(5 * 3600)
    assert (missed["outcome"], missed["settled_by"], missed["reason"]) == ("not_sent", "timeline", reason)
    assert missed["settled_at"] == just_now()
    entry = audit_rows(database, "opportunity")[-1]
    assert (entry["action"], entry["entity_id"], entry["role"]) == ("opportunity.miss", tried, "service")
    assert entry["old_values"] == {"status": "claimed"}
    assert entry["new_values"] == {"status": "pending", "reason": reason}
    assert claim(bot) == []


def test_proof_that_comes_after_all_still_counts(
    bot: FlaskClient, tried: str, tweets: list[str], database: Database
) -> None:
    token = attempt(database, tried)["lease_token"]
    missing(bot, -1300, -1000, -800)
    late = {"leaseToken": token, "outcome": "not_sent", "reason": "503 of X"}
    assert bot.post(f"{QUEUE}/{tried}/failed", json=late).json["status"] == "pending"
    found = post(-999, tweets[0])
    ingest(bot, found)
    assert result(database, tried) == ("executed", found["id"])


@pytest.mark.parametrize("state", ["unknown", "claimed"])
@pytest.mark.parametrize(
    ("ages", "is_missed"),
    [
        ((-1300, -800), True),
        ((-1270, -830), True),
        ((-1250, -830), False),  # too close to the beginning of the lease
        ((-1270, -850), False),  # too close to its end
        ((-700, -600), False),
        ((-1500, -1300), False),
    ],
)
def test_a_timeline_must_begin_before_and_go_on_after_the_lease(
    bot: FlaskClient, tried: str, database: Database, ages: tuple[float, ...], is_missed: bool, state: str
) -> None:
    database.execute_sql(f"UPDATE {OPPORTUNITIES} SET status = ?", (state,))
    missing(bot, *ages, next_token="older")
    assert status(bot, tried) == ("pending" if is_missed else "unknown")


@pytest.mark.parametrize(
    "query",
    ["", f"?accountId={OWN}", f"?accountId={OWN}&timeline=false"],
)
def test_a_search_proves_no_absence(bot: FlaskClient, tried: str, query: str) -> None:
    missing(bot, -1300, -800, query=query)
    assert status(bot, tried) == "unknown"


def test_a_page_without_replies_proves_no_absence(bot: FlaskClient, tried: str, database: Database) -> None:
    """X was asked to leave out replies, or not asked what a post answers."""
    posts = [post(age, OTHER, referenced_tweets=None) for age in (-1300, -800)]
    ingest(bot, *posts, query=TIMELINE)
    ingest(bot, *(one | {"referenced_tweets": [{"type": "retweeted", "id": OTHER}]} for one in posts), query=TIMELINE)
    assert status(bot, tried) == "unknown"
    assert database.execute_sql("SELECT count(*) FROM timeline_spans").fetchone() == (0,)


def test_an_id_of_the_future_proves_no_absence(bot: FlaskClient, tried: str) -> None:
    missing(bot, -1300, 600)
    missing(bot, -1300, -1250, query=f"{TIMELINE}&untilId={at(600)}")
    ingest(bot, post(-1300, OTHER), post(-800, OTHER) | {"id": "9" * 20}, query=TIMELINE)
    assert status(bot, tried) == "unknown"
    missing(bot, -1300, 30)  # the clock of X is ahead
    assert status(bot, tried) == "pending"


def test_another_account_proves_no_absence(bot: FlaskClient, tried: str, database: Database) -> None:
    bot.put(f"/api/twitter/accounts/{OWN}", json={"kind": "competitor"})
    missing(bot, -1300, -800)
    assert database.execute_sql("SELECT count(*) FROM timeline_spans").fetchone() == (0,)
    bot.put(f"/api/twitter/accounts/{OWN}", json={"kind": "own"})
    database.execute_sql(f"UPDATE {ATTEMPTS} SET account_id = '77'")
    missing(bot, -1300, -800)
    assert status(bot, tried) == "unknown"


@pytest.mark.parametrize(("accounts", "becomes"), [(1, "pending"), (2, "unknown")])
def test_the_account_of_an_older_attempt_is_the_only_one(
    bot: FlaskClient, tried: str, database: Database, accounts: int, becomes: str
) -> None:
    database.execute_sql(f"UPDATE {ATTEMPTS} SET account_id = NULL")
    if accounts == 2:
        bot.put("/api/twitter/accounts/78", json={"username": "second", "kind": "own"})
    missing(bot, -1300, -800)
    assert status(bot, tried) == becomes


def test_a_running_lease_is_not_missed(bot: FlaskClient, tried: str, database: Database) -> None:
    token = attempt(database, tried)["lease_token"]
    bot.post(f"{QUEUE}/{tried}/failed", json={"leaseToken": token, "outcome": "unknown"})
    database.execute_sql(f"UPDATE {ATTEMPTS} SET lease_expires_at = unixepoch() - 30")
    missing(bot, -1300, 0)
    assert status(bot, tried) == "unknown"


def test_a_follow_is_never_missed(
    bot: FlaskClient, approver: FlaskClient, tweets: list[str], own: str, database: Database
) -> None:
    follow = approved(bot, approver, tweets[0], opportunityType="follow", suggestedResponse=None)
    lease(bot, database)
    missing(bot, -1300, -800)
    ingest(bot, post(-1000, tweets[0]))
    assert status(bot, follow) == "unknown"


def test_what_is_found_on_the_page_is_not_missed(
    bot: FlaskClient, tried: str, tweets: list[str], database: Database
) -> None:
    found = post(-1000, tweets[0])
    ingest(bot, post(-1300, OTHER), found, post(-800, OTHER), query=TIMELINE)
    assert result(database, tried) == ("executed", found["id"])


def test_what_an_earlier_lease_sent_is_not_asked_again(
    bot: FlaskClient, tried: str, tweets: list[str], database: Database
) -> None:
    first = attempt(database, tried)["lease_token"]
    bot.post(f"{QUEUE}/{tried}/release", json={"leaseToken": first})
    second = claim(bot)[0]["leaseToken"]
    bot.post(f"{QUEUE}/{tried}/executed", json={"leaseToken": first, "resultTweetId": "7"})
    assert status(bot, tried) == "claimed"
    database.execute_sql(f"UPDATE {ATTEMPTS} SET leased_at = unixepoch() - 1200, lease_expires_at = unixepoch() - 900")
    run_out(database, tried)
    missing(bot, -1300, -800)
    assert result(database, tried) == ("executed", "7")
    assert stored(database, ATTEMPTS, second, "lease_token")["outcome"] == "not_sent"


# Pages come in any order.


def spans(database: Database) -> list[tuple[int, int]]:
    """The spans of our timeline in whole seconds from now."""
    rows = database.execute_sql("SELECT from_id, to_id FROM timeline_spans ORDER BY from_id").fetchall()
    return [(_age(low), _age(high)) for low, high in rows]


def _age(number: int) -> int:
    return round(ids.seconds(number) - time.time())


@pytest.mark.parametrize("order", ["first second third", "third second first", "second third first first"])
def test_pages_in_any_order_become_one_span(bot: FlaskClient, tried: str, database: Database, order: str) -> None:
    ages = {"first": (-800, -950), "second": (-1000, -1100), "third": (-1150, -1400)}
    made = {name: [post(age, OTHER) for age in sorted(pair, reverse=True)] for name, pair in ages.items()}
    before = {
        "first": "",
        "second": f"&untilId={made['first'][-1]['id']}",
        "third": f"&untilId={made['second'][-1]['id']}",
    }
    names = order.split()
    for place, name in enumerate(names):
        assert status(bot, tried) == "unknown", (place, name)
        ingest(bot, *made[name], query=TIMELINE + before[name], next_token="more")
        if len(set(names[: place + 1])) == 3:
            break
    assert status(bot, tried) == "pending"
    assert spans(database) == [pytest.approx((-1400, -800), abs=5)]


def test_a_gap_between_pages_stays_a_gap(bot: FlaskClient, tried: str, database: Database) -> None:
    missing(bot, -1400, -1300, next_token="more")
    missing(bot, -800, -950, next_token="more")
    assert status(bot, tried) == "unknown"
    assert spans(database) == [pytest.approx((-1400, -1300), abs=5), pytest.approx((-950, -800), abs=5)]


def test_since_id_closes_the_gap_when_x_has_no_more(bot: FlaskClient, tried: str, database: Database) -> None:
    older = post(-1300, OTHER)
    ingest(bot, post(-1400, OTHER), older, query=TIMELINE, next_token="more")
    since = f"{TIMELINE}&sinceId={older['id']}"
    missing(bot, -800, query=since, next_token="more")
    assert status(bot, tried) == "unknown"
    missing(bot, -800, query=since)
    assert status(bot, tried) == "pending"
    assert spans(database) == [pytest.approx((-1400, -800), abs=5)]


def test_a_timeline_that_is_all_there_is_begins_with_the_account(bot: FlaskClient, tried: str) -> None:
    missing(bot, -800, query=f"{TIMELINE}&untilId={at(-700)}")
    assert status(bot, tried) == "unknown"  # the last of several pages: X ends after 3,200 posts
    missing(bot, -790, next_token="more")
    assert status(bot, tried) == "unknown"
    missing(bot, -780)
    assert status(bot, tried) == "pending"


def test_spans_of_an_account_are_its_own_and_old_ones_go(bot: FlaskClient, tried: str, database: Database) -> None:
    values = [("77", ids.at(0), ids.at(time.time())), (OWN, 0, ids.at(time.time() - 31 * 86400))]
    for row in values:
        database.execute_sql("INSERT INTO timeline_spans (account_id, from_id, to_id) VALUES (?, ?, ?)", row)
    missing(bot, -900, -800, next_token="more")
    assert spans(database)[1:] == [pytest.approx((-900, -800), abs=5)]
    assert status(bot, tried) == "unknown"


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("?timeline=true", "accountId"),
        (f"?accountId={OWN}&sinceId=5", "sinceId"),
        (f"?accountId={OWN}&untilId=5", "untilId"),
        (f"{TIMELINE}&sinceId=x", "sinceId"),
        (f"?accountId={SAM}&timeline=true", "timeline"),
    ],
)
def test_a_timeline_is_asked_for_rightly(bot: FlaskClient, own: str, query: str, field: str) -> None:
    body = x_response(post(-800, OTHER))
    refused = bot.post(f"{TWEETS}{query}", json=body)
    assert (refused.status_code, list(refused.json["errors"])) == (422, [field])


def test_odd_references_of_x_are_passed_over(bot: FlaskClient, own: str) -> None:
    for odd in ({"referenced_tweets": None}, {"referenced_tweets": [{"type": "replied_to"}, {"id": "1"}, {}]}):
        ingest(bot, x_tweet(1) | odd)
