"""A bank with a question of every type and every field, as a `pingtopass` file."""

import copy
import json
from typing import Any

from flask.testing import FlaskClient

from tests.study_service.conftest import BANK

_PAIRS = [
    {"text": "22", "target": "SSH"},
    {"text": "53", "target": "DNS"},
    {"text": "SSH", "isTarget": True},
    {"text": "DNS", "isTarget": True},
    {"text": "FTP", "isTarget": True},
]
_REGIONS = [
    {"text": "the router", "region": "rect", "coords": [10, 10, 60.5, 40]},
    {"text": "the switch", "region": "circle", "coords": [100, 80, 12], "weight": 0.25, "explanation": "nearly"},
]
_MORE: list[dict[str, Any]] = [
    {
        "questionText": "Which <prefix> goes with\n`ip route <prefix> <mask>`?", "questionType": "single-choice",
        "options": [{"text": "10.0.0.0", "explanation": "a = b"}, {"text": "any: {x}", "weight": -0.5}, "All of these"],
        "correctAnswer": [0], "explanation": "RFC 1812\nsays so", "reference": "page 7", "difficulty": 4,
        "resources": [{"url": "https://rfc.example/1812"}], "tags": ["routing", "a ] b"],
        "imageUrl": "https://pictures.example/net.png", "objectiveTitle": "Routing", "id": "route-1",
    },
    {
        "questionText": "Any of them will do", "questionType": "any-choice", "options": ["a", "b", "c"],
        "correctAnswer": [0, 2], "difficulty": 2, "objectiveTitle": "Cabling", "aiModel": "model-1",
        "aiPromptVersion": "p-7", "aiConfidenceScore": 0.75,
    },
    {
        "questionText": "Tick the only one", "questionType": "multi-select", "options": ["x", "y"],
        "correctAnswer": [0], "objectiveTitle": "Cabling",
    },
    {
        "questionText": "Pair ports and services", "questionType": "drag-drop", "options": _PAIRS,
        "correctAnswer": [0, 1], "objectiveTitle": "Routing",
    },
    {
        "questionText": "Put the layers in order", "questionType": "drag-drop",
        "options": [{"text": "link", "place": 0}, {"text": "network", "place": 1}, {"text": "soup"}],
        "correctAnswer": [0, 1], "objectiveTitle": "Routing",
    },
    {
        "questionText": "Where is the router?", "questionType": "hotspot", "options": _REGIONS, "correctAnswer": [0],
        "imageUrl": "https://pictures.example/map.png", "imageWidth": 200, "imageHeight": 100,
        "objectiveTitle": "Routing",
    },
    {
        "questionText": "Which command lists sockets?", "questionType": "short-answer",
        "options": [
            {"text": "ss*", "caseSensitive": True}, {"text": "netstat", "weight": 0.5, "caseSensitive": True},
        ],
        "correctAnswer": [0],
        "objectiveTitle": "Routing",
    },
    {
        "questionText": "How long is a twisted pair at most?", "questionType": "numeric", "unit": "m",
        "units": {"km": "1000"}, "objectiveTitle": "Cabling", "correctAnswer": [0],
        "options": [
            {"text": "100", "value": "100", "tolerance": "0.5", "explanation": "yes"},
            {"text": "90..110", "low": "90", "high": "110", "weight": 0.5},
        ],
    },
]  # fmt: skip
RICH: dict[str, Any] = BANK | {"questions": [*BANK["questions"][:2], *BANK["questions"][12:], *_MORE]}


def rich() -> dict[str, Any]:
    return copy.deepcopy(RICH)


def exported(editor: FlaskClient, exam_id: int = 1) -> dict[str, Any]:
    """The exam as a `pingtopass` file, with nothing lost."""
    response = editor.get(f"/api/questions/export?examId={exam_id}&format=pingtopass")
    assert response.headers["Export-Losses"] == "0"
    document: dict[str, Any] = json.loads(response.data)
    return document


def outcomes(response: Any) -> list[tuple[int, str, int | None, list[str]]]:
    """What became of the items that are not as they were: the item, the outcome, the question, and in which fields."""
    assert response.status_code == 200, response.json
    return [
        (item["item"], item["outcome"], item["questionId"], item["fields"])
        for item in response.json["items"]
        if item["outcome"] != "unchanged"
    ]
