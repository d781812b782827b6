"""What browsers and caches may do with an answer: headers on every one, errors included."""

from flask import Flask, Response, request

# A view that sets one of these itself keeps it; the docs page has a policy of its own.
ALWAYS = (
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Frame-Options", "DENY"),
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    # Says nothing about requests by CORS: it keeps other sites from loading answers as images or scripts.
    ("Cross-Origin-Resource-Policy", "same-origin"),
)
STRICT_TRANSPORT = "max-age=31536000"


def follow(app: Flask) -> None:
    """Add the headers to each answer. Caches keep none unless a view says otherwise, since answers are personal."""

    @app.after_request
    def add(response: Response) -> Response:
        headers = response.headers
        names = {name.lower() for name, _ in headers}  # at once: each look at `headers` compares with all of them
        for name, value in ALWAYS:
            if name.lower() not in names:
                headers.add(name, value)
        if "cache-control" not in names:
            headers.add("Cache-Control", "private, no-cache" if "etag" in names else "private, no-store")
        if request.is_secure:
            headers["Strict-Transport-Security"] = STRICT_TRANSPORT
        return response
