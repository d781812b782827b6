"""Both services in this process, so that what a request asks of the database can be counted and recorded."""

import os
from typing import Any

os.environ.setdefault("RUST_LOG", "off")  # the driver's engine logs every write otherwise

from flask import Flask, Response, request_finished

import growth_service.app
import shared_schema.logs
import study_service.app
from shared_schema.database import LibsqlDatabase, usage
from shared_schema.database.settings import Settings
from shared_schema.database.usage import Use
from shared_schema.tables import db
from shared_schema.web.auth import admission_of
from shared_schema.web.config import Config
from tests.benchmarks.hot.calls import Request, headers
from tests.faults.hosts import KEYS


class Inside:
    """Requests to either service on one database. `uses` has, for each request, what it asked of the database."""

    def __init__(self, settings: Settings) -> None:
        self.database = LibsqlDatabase(settings)
        self.uses: list[Use] = []
        makers = {"study": study_service.app.create_app, "growth": growth_service.app.create_app}
        self._apps = {name: make(Config(name, 0, "127.0.0.1", settings, KEYS)) for name, make in makers.items()}
        shared_schema.logs.configure(level="ERROR")  # the apps have set their own
        db.initialize(self.database)  # type: ignore[attr-defined]  # the proxy's method is not in the stubs
        for app in self._apps.values():
            request_finished.connect(self._note, app)

    def send(self, service: str, request: Request, status: int = 200) -> Any:
        """The document of the answer. RuntimeError if it has another status."""
        client = self._apps[service].test_client(use_cookies=False)
        sent = headers(service, request)
        answer = client.open(request.path, method=request.method, json=request.body, headers=sent)
        if answer.status_code != status:
            raise RuntimeError(f"{request.method} {request.path} answered {answer.status_code}: {answer.text[:500]}")
        return answer.json

    def forget(self) -> None:
        """The next request of each caller is like their first one to a service."""
        for app in self._apps.values():
            admission_of(app).standings.forget_all()

    def close(self) -> None:
        self.database.close()

    def _note(self, _: Flask, response: Response, **__: object) -> None:
        self.uses.append(usage.current.get())
