"""The score of a draft over HTTP. How it comes about is in test_consistency."""

import pytest
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from tests.attacks.rows import stored
from tests.growth_service.wording.speaking import CALM, STAR, VOICES, added

GOOD = "A /28 has 16 addresses, because 4 bits are left. Which subnet is your host in?"
BAD = "OMG you guys!!! Crush it with our AMAZING course 🚀🚀🚀 #CCNA #WIN #NOW"


def test_a_draft_in_the_voice_scores_above_one_against_it(approver: FlaskClient, bot: FlaskClient) -> None:
    number = added(approver)
    good, bad = (bot.post(f"{VOICES}/{number}/score", json={"text": text}).json for text in (GOOD, BAD))
    assert good["score"] > 0.8 > 0.4 > bad["score"]
    assert (good["profileId"], good["version"]) == (number, 1)
    reasons = {reason["name"]: reason for reason in bad["reasons"]}
    assert set(reasons) == {
        "tone", "preferred", "avoided", "emoji", "length", "punctuation", "hashtags", "person",
    }  # fmt: skip
    assert reasons["avoided"] == {"name": "avoided", "value": 0, "weight": 0.2, "why": "it has crush it"}
    assert sum(reason["weight"] * reason["value"] for reason in reasons.values()) == pytest.approx(
        bad["score"], abs=1e-3
    )


def test_a_score_changes_no_row(approver: FlaskClient, bot: FlaskClient, database: LibsqlDatabase) -> None:
    number = added(approver)
    before = stored(database)
    for key in ({}, {"Idempotency-Key": "k"}):
        assert bot.post(f"{VOICES}/{number}/score", json={"text": GOOD}, headers=key).status_code == 200
    assert stored(database) == before


def test_a_key_gives_the_first_score_again(approver: FlaskClient, bot: FlaskClient) -> None:
    number, key = added(approver), {"Idempotency-Key": "k"}
    first = bot.post(f"{VOICES}/{number}/score", json={"text": GOOD}, headers=key)
    approver.patch(f"{VOICES}/{number}", json={"vocabulary": {"avoided": ["subnet"]}}, headers=STAR)
    again = bot.post(f"{VOICES}/{number}/score", json={"text": GOOD}, headers=key)
    assert (again.json, again.headers["Idempotency-Replayed"]) == (first.json, "true")
    anew = bot.post(f"{VOICES}/{number}/score", json={"text": GOOD}).json
    assert (anew["version"], anew["score"] < first.json["score"]) == (2, True)
    approver.delete(f"{VOICES}/{number}", headers=STAR)
    assert bot.post(f"{VOICES}/{number}/score", json={"text": GOOD}, headers=key).json == first.json
    other = bot.post(f"{VOICES}/{number}/score", json={"text": BAD}, headers=key)
    assert (other.status_code, other.json["code"]) == (409, "CONFLICT")


def test_a_profile_that_says_nothing_gives_no_score(approver: FlaskClient, bot: FlaskClient) -> None:
    number = approver.post(VOICES, json={"name": CALM["name"], "topics": ["dns"]}).json["id"]
    refused = bot.post(f"{VOICES}/{number}/score", json={"text": GOOD})
    assert (refused.status_code, refused.json["code"]) == (409, "CONFLICT")
    assert refused.json["detail"].startswith("this profile says nothing that a draft can be held against")
    approver.patch(f"{VOICES}/{number}", json={"tone": "calm"}, headers=STAR)
    scored = bot.post(f"{VOICES}/{number}/score", json={"text": GOOD}).json
    known = [reason for reason in scored["reasons"] if reason["value"] is not None]
    assert [(reason["name"], reason["weight"]) for reason in known] == [("tone", 1)]
    assert {reason["weight"] for reason in scored["reasons"] if reason["value"] is None} == {0}


@pytest.mark.parametrize("text", ["", " \n", "x" * 10_001, None, 5])
def test_what_is_no_draft_is_refused(approver: FlaskClient, bot: FlaskClient, text: object) -> None:
    refused = bot.post(f"{VOICES}/{added(approver)}/score", json={"text": text})
    assert (refused.status_code, list(refused.json["errors"])) == (422, ["text"])


def test_without_the_profile_there_is_no_score(approver: FlaskClient, bot: FlaskClient) -> None:
    number = added(approver)
    approver.delete(f"{VOICES}/{number}", headers=STAR)
    for missing in (number, 99):
        assert bot.post(f"{VOICES}/{missing}/score", json={"text": GOOD}).status_code == 404
