"""Answers that tell how far they are: a line of JSON for each step, the last with what the answer would have been."""

from collections.abc import Callable, Iterator
from typing import Any

import orjson
from flask import Response, current_app, request, stream_with_context

from shared_schema.idempotency import Receipt
from shared_schema.progress import Steps
from shared_schema.web import consistency

TYPE = "application/x-ndjson"


# What the document says of such an answer.
DOCUMENTED = {
    TYPE: {
        "schema": {
            "type": "string",
            "description": "A JSON object a line: `{stage, done, total}` for each step; in the last one, `{stage: "
            '"finished", status, consistencyToken, body}`, as the answer would have had them without lines.',
        }
    }
}


def wanted() -> bool:
    """Whether the client asks for lines."""
    return request.accept_mimetypes.best_match(["application/json", TYPE]) == TYPE


def told(steps: Steps, shown: Callable[[Receipt], Response]) -> Response:
    """A response that sends a line for each step as soon as it is done. Its status is 200 in any case, since it is sent
    before the work is done; the last line has the status that the answer would have had.
    """

    def lines() -> Iterator[bytes]:
        try:
            while True:
                yield _line(next(steps)._asdict())
        except StopIteration as end:
            response = shown(end.value)
        except Exception as error:  # as Flask would answer it
            response = current_app.make_response(current_app.handle_user_exception(error))
        ended = current_app.process_response(response)
        token = ended.headers.get(consistency.HEADER)
        last = {"stage": "finished", "status": ended.status_code, "consistencyToken": token}
        yield _line({**last, "body": ended.get_json(force=True)})

    response = Response(stream_with_context(lines()), mimetype=TYPE)
    response.headers["X-Accel-Buffering"] = "no"  # to proxies, and to our server: each line goes out at once
    return response


def _line(document: dict[str, Any]) -> bytes:
    return orjson.dumps(document, option=orjson.OPT_APPEND_NEWLINE)
