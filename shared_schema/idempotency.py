"""Exactly once: a client's key and the receipt of what was done, stored in the same batch as the rows.

A receipt is a JSON document that SQL makes inside the batch from the rows as they are at that moment. The response is
made from the receipt, at the first call, at every replay and when a client asks what became of the request
(`outcomes`), so all are the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypedDict

import orjson
import peewee

from shared_schema.database import Guard, Result, Statement, consistency, errors, require
from shared_schema.database.batch import Query
from shared_schema.problems import Conflict, Damaged, Vanished
from shared_schema.tables import Table, db

KEPT_S = 7 * 24 * 3600

# A release before wrote no service into the subject. What it has done is done for this one, too. The tick is of the
# snapshot that has the receipt, so it is not older than the one of the batch that wrote it.
FIND = f"""
    SELECT subject, digest, receipt, endpoint, created_at < unixepoch() - {KEPT_S} AS is_old, tick
    FROM idempotency_keys LEFT JOIN consistency_clock ON id = 1
    WHERE subject IN (:subject, :before) AND key = :key ORDER BY subject = :subject DESC LIMIT 1
"""
_CLAIM = """
    INSERT INTO idempotency_keys (subject, key, digest, endpoint)
    SELECT coalesce((SELECT subject FROM idempotency_keys WHERE subject = :before AND key = :key), :subject),
        :key, :digest, :endpoint
"""
# Each new key deletes two that are too old, so the table holds about a week's keys. Their owners are noted, so that no
# key of theirs is told never to have been there; those who have no token cannot ask.
_TOO_OLD = f"""
    SELECT subject, key FROM idempotency_keys INDEXED BY idempotency_keys_created_at
    WHERE created_at < unixepoch() - {KEPT_S} ORDER BY created_at, subject, key LIMIT 2
"""
PRUNE = (
    Statement(
        f"INSERT OR IGNORE INTO forgotten_keys (subject) SELECT subject FROM ({_TOO_OLD})"
        " WHERE subject NOT LIKE '%anyone:%'"
    ),
    Statement(f"DELETE FROM idempotency_keys WHERE (subject, key) IN ({_TOO_OLD})"),
)
_SEAL = "UPDATE idempotency_keys SET receipt = ({}) WHERE subject = ? AND key = ? RETURNING receipt"
_IS_SEALED = "(SELECT receipt FROM idempotency_keys WHERE subject = ? AND key = ?) IS NOT NULL"
# abs() of the smallest integer is the failure of a guard, see `database.batch`.
_SHOWN = "SELECT coalesce(({}), abs(-9223372036854775808)) AS receipt"
_VANISHED = Vanished("what this request is about is not there any more, so nothing was done")


class Kept(TypedDict):
    """A row of the table: the digest of what an earlier call sent, and its receipt as JSON text.

    `endpoint` is the view that makes the answer of the receipt; None from a release before. `is_old`: past the week.
    `tick` is of the clock of `database.consistency`, where there is one.
    """

    subject: str
    digest: str
    receipt: str
    endpoint: str | None
    is_old: int
    tick: int | None


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was done, as a JSON document; `replayed` if it was done by an earlier call."""

    document: Any  # each rule has a shape of its own, and its route's schema shows it
    replayed: bool


@dataclass(frozen=True, slots=True)
class Once:
    """A request that is carried out once: who sends it, its Idempotency-Key, and the digest of what it says.

    `subject` is service:role:caller, `endpoint` the view that answers. `digest_before` is the digest as releases before
    made it, which told apart texts of one document. Without a key the same calls work, and nothing is remembered.
    """

    subject: str
    key: str | None = None
    digest: str = ""
    endpoint: str | None = None
    digest_before: str = ""

    @property
    def subject_before(self) -> str:
        """The subject as releases before wrote it, without the service."""
        return self.subject.partition(":")[2]

    def lookup(self) -> Statement:
        """A SELECT for the handler's first round trip; give its result to `replay`."""
        return Statement(FIND, {"subject": self.subject, "before": self.subject_before, "key": self.key or ""})

    def replay(self, looked_up: Result) -> Receipt | None:
        """The receipt of an earlier call; None if there was none. Conflict if that call sent something else."""
        row = looked_up.first(Kept)
        if row is None:
            return None
        if row["digest"] != (self.digest if row["subject"] == self.subject else self.digest_before):
            raise Conflict("this Idempotency-Key was used for another request")
        return Receipt(document(row), replayed=True)

    def write(
        self,
        queries: Sequence[Query | Guard],
        receipt: str,
        parameters: Sequence[object] = (),
        *,
        natural_key: bool = False,
        receipt_first: bool = False,
    ) -> Receipt:
        """Apply the queries in one batch, once. `receipt` is an SQL expression that gives the receipt after them.

        Raises what `db.batch` raises, and Vanished, with nothing applied, where the expression finds nothing. If
        another call with the same key comes first, its receipt is returned.
        `natural_key` says that the rows have a key of their own, so that the batch may be sent again without ours.
        `receipt_first` makes the receipt before the queries, for one that tells new rows from those that were there.
        """
        if self.key is None:
            shown = Guard(Statement(_SHOWN.format(receipt), parameters), _VANISHED)
            steps = [shown, *queries] if receipt_first else [*queries, shown]
            return _receipt(db.batch(steps, idempotent=natural_key)[0 if receipt_first else -1])
        who = {"subject": self.subject, "before": self.subject_before, "key": self.key}
        # The key goes first: a repeated create would otherwise fail on the row's own unique key.
        claim = [*PRUNE, Statement(_CLAIM, {**who, "digest": self.digest, "endpoint": self.endpoint})]
        try:
            seal: list[Query | Guard] = [
                Statement(_SEAL.format(receipt), (*parameters, self.subject, self.key)),
                require(_IS_SEALED, (self.subject, self.key), otherwise=_VANISHED),
            ]
            steps = [*claim, *seal, *queries] if receipt_first else [*claim, *queries, *seal]
            return _receipt(db.batch(steps, idempotent=True)[len(claim) if receipt_first else -2])
        except peewee.IntegrityError as error:
            if not errors.is_unique(error, "idempotency_keys", "subject", "key"):
                raise
            (looked_up,) = db.fetch([self.lookup()], fresh=True)
            earlier = self.replay(looked_up)
            if earlier is None:
                raise
            return earlier


def document(row: Kept) -> Any:
    """The receipt of a row; Damaged where it is none. As after a write, the next reads see what it tells of."""
    if db.settings.clock and row["tick"] is not None:
        consistency.wrote(row["tick"])
    try:
        return orjson.loads(row["receipt"])
    except orjson.JSONDecodeError:
        detail = "what was done for this Idempotency-Key cannot be read until its receipt is mended"
        raise Damaged("idempotency_keys", row["subject"], "receipt", "is no JSON", detail=detail) from None


def _receipt(result: Result) -> Receipt:
    return Receipt(orjson.loads(result.value(str)), replayed=False)


def row_json(model: type[Table], alias: str | None = None) -> str:
    """An SQL expression: a row of `model` as a JSON object by column name. JSON columns stay text.

    `alias` is the name that the surrounding query gives to the table, if it gives one.
    """
    name = alias or model._meta.table_name
    columns = [field.column_name for field in model._meta.sorted_fields]
    return "json_object(" + ", ".join(f"'{column}', {name}.{column}" for column in columns) + ")"
