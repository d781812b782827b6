"""Exactly once: a client's key and the receipt of what was done, stored in the same batch as the rows.

A receipt is a JSON document that SQL makes inside the batch from the rows as they are at that moment. The response is
made from the receipt, at the first call, at every replay and when a client asks what became of the request
(`outcomes`), so all are the same.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import peewee

from shared_schema import kept
from shared_schema.database import Guard, Result, Statement, errors
from shared_schema.database.batch import Query
from shared_schema.kept import Kept
from shared_schema.problems import Conflict, Vanished
from shared_schema.tables import Table, db

# abs() of the smallest integer is the failure of a guard, see `database.batch`.
_MADE = "coalesce(({}), abs(-9223372036854775808))"
_SHOWN = f"SELECT {_MADE} AS receipt"
_SEAL = f"UPDATE receipts SET receipt = {_MADE} WHERE subject = ? AND key = ? RETURNING receipt"
_VANISHED = partial(Vanished, "what this request is about is not there any more, so nothing was done")


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
        return Statement(kept.FIND, {"subject": self.subject, "before": self.subject_before, "key": self.key or ""})

    def replay(self, looked_up: Result) -> Receipt | None:
        """The receipt of an earlier call; None if there was none. Conflict if that call sent something else."""
        row = looked_up.first(Kept)
        if row is None:
            return None
        if not self._is_same(row):
            raise Conflict("this Idempotency-Key was used for another request")
        return Receipt(kept.document(row), replayed=True)

    def _is_same(self, row: Kept) -> bool:
        if isinstance(row["digest"], bytes):
            return row["digest"] == kept.short(self.digest)
        return row["digest"] == (self.digest if row["subject"] == self.subject else self.digest_before)

    def write(
        self,
        queries: Sequence[Query | Guard],
        receipt: str,
        parameters: Sequence[object] = (),
        *,
        known: str = "{}",
        natural_key: bool = False,
        receipt_first: bool = False,
    ) -> Receipt:
        """Apply the queries in one batch, once. `receipt` is an SQL expression that gives the receipt after them; the
        members of `known`, JSON of what does not depend on the rows, are added to it, and take less room there.

        Raises what `db.batch` raises, and Vanished, with nothing applied, where the expression finds nothing. If
        another call with the same key comes first, its receipt is returned.
        `natural_key` says that the rows have a key of their own, so that the batch may be sent again without ours.
        `receipt_first` makes the receipt before the queries, for one that tells new rows from those that were there.
        """
        if self.key is None:
            shown = Guard(Statement(_SHOWN.format(receipt), parameters), _VANISHED)
            steps = [shown, *queries] if receipt_first else [*queries, shown]
            made = db.batch(steps, idempotent=natural_key)[0 if receipt_first else -1]
            return Receipt(kept.whole(made.value(str), known), replayed=False)
        try:
            # The key goes first: a repeated create would otherwise fail on the row's own unique key.
            claim, seal = [*kept.pruned(self.digest), self._claim(known)], self._seal(receipt, parameters)
            steps = [*claim, seal, *queries] if receipt_first else [*claim, *queries, seal]
            made = db.batch(steps, idempotent=True)[len(claim) if receipt_first else -1]
            return Receipt(kept.whole(made.value(str), known), replayed=False)
        except peewee.IntegrityError as error:
            if not errors.is_unique(error, "receipts", "subject", "key"):
                raise
            (looked_up,) = db.fetch([self.lookup()], fresh=True)
            earlier = self.replay(looked_up)
            if earlier is None:
                raise
            return earlier

    def _claim(self, known: str) -> Statement:
        row = {"subject": self.subject, "key": self.key, "digest": kept.short(self.digest), "endpoint": self.endpoint}
        return Statement(kept.CLAIM, {**row, "known": kept.packed(known)})

    def _seal(self, receipt: str, parameters: Sequence[object]) -> Guard:
        return Guard(Statement(_SEAL.format(receipt), (*parameters, self.subject, self.key)), _VANISHED)


def row_json(model: type[Table], alias: str | None = None, *, only: Iterable[str] = ()) -> str:
    """An SQL expression: a row of `model` as a JSON object by column name. JSON columns stay text.

    `alias` is the name that the surrounding query gives to the table, if it gives one; `only` names the columns that
    are shown, where not all are.
    """
    name = alias or model._meta.table_name
    columns = list(only) or [field.column_name for field in model._meta.sorted_fields]
    return "json_object(" + ", ".join(f"'{column}', {name}.{column}" for column in columns) + ")"
