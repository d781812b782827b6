"""Views that honour Idempotency-Key: each makes its answer from the receipt alone, so that it can be made again."""

from collections.abc import Callable
from typing import Any

from flask import Flask

from shared_schema.web.auth import View

# The body and the status of the answer to a request, from the document of its receipt. A body of None is no body.
Shown = Callable[[Any], tuple[object, int]]


def keyed(shown: Shown) -> Callable[[View], View]:
    """A decorator for a view that answers with `requests.answer(receipt)`. It stands under `allow`."""

    def mark(view: View) -> View:
        view._apidoc = {**getattr(view, "_apidoc", {}), "keyed": shown}  # type: ignore[attr-defined]  # flask-smorest reads it
        return view

    return mark


def shown_by(app: Flask, endpoint: str) -> Shown | None:
    """How a view shows a receipt; None for one that honours no key, or that is not there any more."""
    shown: Shown | None = of(app.view_functions.get(endpoint))
    return shown


def of(view: object) -> Shown | None:
    """The same for a view itself."""
    shown: Shown | None = getattr(view, "_apidoc", {}).get("keyed")
    return shown
