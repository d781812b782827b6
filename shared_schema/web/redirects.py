"""Redirects of the router, such as /docs to /docs/, name a path and no host: a client can send any Host."""

from urllib.parse import urlsplit

from flask import Flask, Response, request
from werkzeug.routing import RequestRedirect


def keep_on_this_host(app: Flask) -> None:
    @app.after_request
    def shorten(response: Response) -> Response:
        redirect = request.routing_exception
        if isinstance(redirect, RequestRedirect):
            target = urlsplit(redirect.new_url)
            path = "/" + target.path.lstrip("/")  # `//name` would be a host
            response.headers["Location"] = f"{path}?{target.query}" if target.query else path
            response.set_data(b"")  # it was a page of HTML with the address
            del response.headers["Content-Type"]
        return response
