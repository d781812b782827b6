"""The docs page: Swagger UI from the files of an installed package. The page loads nothing from another host.

The package's own page starts with a script inside it and takes an address from the Host header. Ours has its script as
a file, so that the page's policy can refuse all others.
"""

from pathlib import Path

import flask_swagger_ui
from flask import Blueprint, Response, send_from_directory
from markupsafe import escape

from shared_schema.web.auth import ANYONE, allow

# Swagger UI puts style elements into the page, and has icons as data: URLs.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
    " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_FILES = Path(flask_swagger_ui.__file__).with_name("dist")
_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{title}</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
<link rel="stylesheet" href="/docs/index.css">
<link rel="icon" type="image/png" href="/docs/favicon-32x32.png">
</head>
<body>
<div id="swagger-ui"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/swagger-ui-standalone-preset.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
"""
_START = """window.ui = SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  layout: "StandaloneLayout",
  presets: [SwaggerUIBundle.presets.apis, SwaggerUIStandalonePreset],
});
"""


def blueprint(title: str) -> Blueprint:
    """`/docs/` and the files of its page."""
    routes = Blueprint("docs", __name__, url_prefix="/docs")

    @routes.get("/", defaults={"path": "index.html"})
    @routes.get("/<path:path>")
    @allow(ANYONE)
    def show(path: str) -> Response:
        if path == "index.html":
            response = Response(_PAGE.format(title=escape(title)), mimetype="text/html")
        elif path == "start.js":
            response = Response(_START, mimetype="text/javascript")
        else:
            response = send_from_directory(_FILES, path)
        response.headers["Content-Security-Policy"] = POLICY
        response.headers.setdefault("Cache-Control", "no-cache")
        return response

    return routes
