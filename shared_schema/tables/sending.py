"""Tables of the growth service: what was tried under each lease, and which parts of our own timelines are known."""

import peewee

from shared_schema.fields import now, one_of, refers_to_text
from shared_schema.tables.table import Table

OUTCOMES = ("sent", "not_sent", "unknown")
SETTLED_BY = ("report", "person", "timeline")


class SendAttempt(Table):
    """A lease of an opportunity, and what became of it. Written by a trigger together with the lease, so before any
    caller knows the lease. It stays when the opportunity is leased again.
    """

    id = peewee.AutoField()
    opportunity_id = refers_to_text("engagement_opportunities")
    lease_token = peewee.TextField(unique=True)
    # Our account that it is sent from: the only one that is ours when the lease is given. NULL where there are several.
    account_id = peewee.TextField(null=True)
    # What is answered, how, and the text that goes out.
    tweet_id = peewee.TextField()
    opportunity_type = peewee.TextField()
    text = peewee.TextField(null=True)
    leased_at = now()
    lease_expires_at = peewee.IntegerField()
    # NULL while nobody has reported.
    outcome = peewee.TextField(null=True, constraints=[one_of("outcome", *OUTCOMES)])
    reason = peewee.TextField(null=True)
    result_tweet_id = peewee.TextField(null=True)
    settled_by = peewee.TextField(null=True, constraints=[one_of("settled_by", *SETTLED_BY)])
    # When it became known whether it was sent. NULL while it is not.
    settled_at = peewee.IntegerField(null=True)

    class Meta:
        table_name = "send_attempts"
        indexes = ((("opportunity_id",), False), (("tweet_id",), False))


SendAttempt.add_index(
    SendAttempt.index(
        SendAttempt.result_tweet_id,
        where=SendAttempt.result_tweet_id.is_null(False),
        name="send_attempts_results",
    )
)
SendAttempt.add_index(
    SendAttempt.index(
        SendAttempt.lease_expires_at,
        where=SendAttempt.settled_at.is_null(),
        name="send_attempts_open",
    )
)


class TimelineSpan(Table):
    """A part of the timeline of an account of ours of which we have every post, from the lower id to the upper one.

    Ids of X are numbers here, since they are compared: they fit into 63 bits. Spans of an account do not touch.
    """

    account_id = peewee.TextField()
    from_id = peewee.BigIntegerField()
    to_id = peewee.BigIntegerField()

    class Meta:
        table_name = "timeline_spans"
        primary_key = peewee.CompositeKey("account_id", "from_id")


# Virtual tables, views and triggers beside the models: a CREATE statement each, in the order in which they are made.
OBJECTS: tuple[str, ...] = (
    # A trigger, so that no release gives a lease without its attempt.
    """
    CREATE TRIGGER send_attempts_of_leases AFTER UPDATE OF lease_token ON engagement_opportunities
    WHEN new.status = 'claimed' AND new.lease_token IS NOT NULL AND new.lease_token IS NOT old.lease_token
    BEGIN
        INSERT INTO send_attempts (opportunity_id, lease_token, account_id, tweet_id, opportunity_type, text,
                                   leased_at, lease_expires_at)
        SELECT new.id, new.lease_token, iif(count(*) = 1, min(id), NULL), new.tweet_id, new.opportunity_type,
               new.suggested_response, new.updated_at, coalesce(new.lease_expires_at, new.updated_at)
        FROM twitter_accounts WHERE is_own_account = 1;
    END
    """,
)
