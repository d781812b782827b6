"""The dashboard and the alert rules: every expression is PromQL, about series and labels that the services export."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import promql_parser
import pytest
import yaml
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

from shared_schema.web import errors
from tests.conftest import client

OBSERVE = Path(__file__).parents[2] / "deploy" / "observe"
OF_PROMETHEUS = {"up": {"job", "instance"}}
OF_EVERY_SCRAPE = {"job", "instance"}

Exported = dict[str, set[str]]


def rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load((OBSERVE / "alerts.yaml").read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def panels() -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = json.loads((OBSERVE / "dashboard.json").read_text())["panels"]
    return listed


def expressions() -> list[str]:
    """With Grafana's own variables filled in, as it does before it asks Prometheus."""
    drawn = [target["expr"] for panel in panels() for target in panel["targets"]]
    return [rule["expr"] for rule in rules()] + [
        expr.replace("$__rate_interval", "1m").replace("$service", "study") for expr in drawn
    ]


def parts(node: Any) -> Iterator[Any]:
    """An expression and all within it."""
    yield node
    inner = [getattr(node, name, None) for name in ("lhs", "rhs", "expr", "param", "vector_selector")]
    for part in [*inner, *(getattr(node, "args", None) or [])]:
        if part is not None:
            yield from parts(part)


def unknown(expression: str, exported: Exported) -> set[str]:
    """What an expression names that is not there: series, and labels of its selectors and groupings."""
    tree = promql_parser.parse(expression)
    wrong: set[str] = set()
    for node in parts(tree):
        within = [part for part in parts(node) if type(part).__name__ == "VectorSelector"]
        if type(node).__name__ == "VectorSelector":
            labels = {matcher.name for matcher in node.matchers.matchers}
        else:
            modifier = getattr(node, "modifier", None)
            labels = set(getattr(modifier, "labels", None) or ())
        for selector in within:
            if selector.name not in exported:
                wrong.add(selector.name)
            else:
                strange = labels - exported[selector.name] - OF_EVERY_SCRAPE
                wrong |= {f"{selector.name}.{label}" for label in strange}
    return wrong


@pytest.fixture
def exported(
    study_app: Flask, growth_app: Flask, alice: FlaskClient, bot: FlaskClient, approver: FlaskClient
) -> Exported:
    """The series of both services with their labels, after some work of each."""
    alice.get("/api/exams")
    alice.get("/api/exams/17")
    approver.get("/api/ai/costs")
    call = {"requestId": "seen", "purpose": "told", "model": "none", "billedUsd": 0.25, "success": True}
    assert bot.post("/api/ai/generations", json=call).status_code == 201
    series: Exported = dict(OF_PROMETHEUS)
    for app in (study_app, growth_app):
        for family in text_string_to_metric_families(client(app, "prometheus", "service").get("/metrics").text):
            for sample in family.samples:
                series.setdefault(sample.name, set()).update(sample.labels)
    return series


@pytest.mark.only("replica")  # the age of a replica is told where there is one
def test_every_expression_speaks_of_what_the_services_export(exported: Exported) -> None:
    assert len(expressions()) > 30
    assert [(expr, wrong) for expr in expressions() if (wrong := unknown(expr, exported))] == []
    named = {part.name for expr in expressions() for part in parts(promql_parser.parse(expr)) if hasattr(part, "name")}
    ours = {name for name in exported if name.startswith("pingtopass_")}
    ignored = {name for name in ours if name.endswith(("_created", "_sum", "_count"))}
    assert ours - ignored - named == set(), "nobody looks at it"


@pytest.mark.parametrize(
    ("expression", "wrong"),
    [
        ("rate(pingtopass_nothing_total[5m])", {"pingtopass_nothing_total"}),
        ('sum(pingtopass_ready{servise="study"})', {"pingtopass_ready.servise"}),
        ("sum by (route) (pingtopass_ready) > 0", {"pingtopass_ready.route"}),
        ("1 - avg by (instance, service) (pingtopass_ready)", set()),
    ],
)
def test_what_is_not_there_is_found(expression: str, wrong: set[str]) -> None:
    assert unknown(expression, {"pingtopass_ready": {"service"}}) == wrong


def test_an_expression_that_is_no_promql_is_found() -> None:
    with pytest.raises(ValueError):
        unknown("sum by (service (pingtopass_ready)", {})


def test_every_alert_says_what_it_means_why_its_threshold_and_how_grave_it_is() -> None:
    names = [rule["alert"] for rule in rules()]
    assert len(set(names)) == len(names) >= 10
    page = (OBSERVE / "README.md").read_text()
    for rule in rules():
        assert set(rule["annotations"]) == {"summary", "threshold"}, rule["alert"]
        assert rule["labels"]["severity"] in ("page", "ticket")
        assert re.fullmatch(r"\d+[mh]", rule.get("for", "1m"))
        assert f"`{rule['alert']}`" in page, "the page says what to do"
        shown = set(re.findall(r"\$labels\.(\w+)", str(rule["annotations"])))
        grouped = re.search(r"by \(([^)]*)\)", rule["expr"])
        assert shown <= (set(grouped[1].split(", ")) if grouped else OF_EVERY_SCRAPE), rule["alert"]


def test_codes_and_jobs_in_the_rules_exist() -> None:
    codes = {code for expr in expressions() for code in re.findall(r'code="(\w+)"', expr)}
    assert codes
    assert codes <= set(errors.TITLES)
    scraped = yaml.safe_load((OBSERVE / "prometheus.yml").read_text())
    assert scraped["rule_files"] == ["alerts.yaml"]
    jobs = {job["job_name"] for job in scraped["scrape_configs"]}
    assert {job for expr in expressions() for job in re.findall(r'job="([\w-]+)"', expr)} <= jobs


def test_panels_do_not_overlap_and_each_has_a_name() -> None:
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels()]
    assert len(set(places)) == len(places)
    assert len({panel["title"] for panel in panels()}) == len(panels())
