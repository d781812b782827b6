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
        for name, value in ALWAYS:
            headers.setdefault(name, value)
        if "Cache-Control" not in headers:
            headers["Cache-Control"] = "private, no-cache" if "ETag" in headers else "private, no-store"
        if request.is_secure:
            headers["Strict-Transport-Security"] = STRICT_TRANSPORT
        return response
