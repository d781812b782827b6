"""Answers about opportunities in each of their states."""

import dataclasses

from tests.contract import people
from tests.contract.asking import damaged, expect
from tests.contract.calls import Call
from tests.contract.people import People
from tests.growth_service.conftest import QUEUE


def opportunity_shown(crowd: People, call: Call) -> None:
    name = people.opportunity(crowd, "follow")
    shown = dataclasses.replace(call, values={"opportunityId": name})
    damaged("engagement_opportunities", name)(crowd, shown)
    expect(crowd.role("admin").post(f"{QUEUE}/{name}/reject"), 200)


def decided(crowd: People, call: Call) -> None:
    """An admin's step with a pending opportunity, and with one that is decided."""
    name, admin = people.opportunity(crowd, "quote"), crowd.role("admin")
    expect(call.send(admin, path={"opportunityId": name}), 200)
    admin.post(f"{QUEUE}/{name}/reject")
    expect(call.send(admin, path={"opportunityId": name}), 409)
    crowd.role("service").post(f"{QUEUE}/claim")


def undone(crowd: People, call: Call) -> None:
    """An admin takes a rejection back, and what is pending anyway."""
    crowd.database.execute_sql("UPDATE engagement_opportunities SET status = 'rejected'")
    name, admin = people.opportunity(crowd, "quote"), crowd.role("admin")
    expect(call.send(admin, path={"opportunityId": name}), 409)
    admin.post(f"{QUEUE}/{name}/reject")
    expect(call.send(admin, path={"opportunityId": name}), 200)
    admin.post(f"{QUEUE}/{name}/reject")


def drafted(crowd: People, call: Call) -> None:
    """A draft for a post, a second one, and one for a post that is not there."""
    people.not_ours(crowd)
    crowd.database.execute_sql("UPDATE engagement_opportunities SET status = 'rejected'")
    expect(call.send(crowd.of(call), json=call.body), 201)
    expect(call.send(crowd.of(call), json=call.body), 409)
    expect(call.send(crowd.of(call), json=call.body | {"tweetId": "1"}), 404)
    crowd.database.execute_sql("UPDATE engagement_opportunities SET status = 'rejected'")


def reported(crowd: People, call: Call) -> None:
    """A report with the token of a lease, and with another."""
    crowd.database.execute_sql("UPDATE engagement_opportunities SET status = 'rejected'")
    lease = people.leased(crowd, "follow")
    path = {"opportunityId": lease["id"]}
    expect(call.send(crowd.of(call), path=path), 409)
    expect(call.send(crowd.of(call), path=path, json=call.body | {"leaseToken": lease["token"]}), 200)


def reconciled(crowd: People, call: Call) -> None:
    lease = people.leased(crowd, "follow")
    lost = {"leaseToken": lease["token"], "outcome": "unknown"}
    expect(crowd.role("service").post(f"{QUEUE}/{lease['id']}/failed", json=lost), 200)
    expect(call.send(crowd.of(call), path={"opportunityId": lease["id"]}), 200)
    expect(call.send(crowd.of(call), path={"opportunityId": lease["id"]}), 409)
