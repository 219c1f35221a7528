"""An instrumented FastAPI application, called in this process."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import numpy
import pytest
from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import StreamingResponse
from fastapi.testclient import TestClient
from pydantic import BaseModel

from headgate.lineage.digests import digest
from headgate.process import await_until
from headgate.serving import instrument, observe
from headgate.serving.middleware import PROBE_HEADER, RELEASE_HEADER, REQUEST_ID_HEADER

RELEASE = {
    "HEADGATE_RELEASE": "20261121101502-3f2c1ab",
    "HEADGATE_MODEL": "sentiment",
    "HEADGATE_MODEL_VERSION": "8",
    "HEADGATE_COMMIT": "3f2c1ab",
}


class Text(BaseModel):
    text: str


def sentiment_app() -> FastAPI:
    app = FastAPI()

    @app.post("/predict")
    def predict(request: Text) -> dict[str, Any]:
        return {"label": "positive" if "good" in request.text else "negative", "confidence": 0.9, "note": request.text}

    return app


class Served:
    """An application with a telemetry file; `lines` are what was written so far."""

    def __init__(self, app: FastAPI, log: Path, **options: Any) -> None:
        self.log = log
        instrument(app, telemetry=log, **{"environ": RELEASE, **options})
        self.http = TestClient(app, raise_server_exceptions=False)

    def lines(self, number: int) -> list[dict[str, Any]]:
        assert await_until(
            lambda: self.log.exists() and self.log.read_text().count("\n") >= number, timeout=5, every=0.01
        )
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    def number(self, name: str) -> float:
        found = [line for line in self.http.get("/metrics").text.splitlines() if line.startswith(f"{name} ")]
        return float(found[0].rpartition(" ")[2]) if found else 0.0


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    one = Served(sentiment_app(), tmp_path / "telemetry.jsonl")
    with one.http:
        yield one


def status_of(app: FastAPI, seconds: float = 5.0) -> tuple[int, dict[str, Any]]:
    """What /health says once the model has been looked at."""
    http = TestClient(app)
    assert await_until(
        lambda: http.get("/health").json()["why"] != "the model is being verified", timeout=seconds, every=0.01
    )
    answer = http.get("/health")
    return answer.status_code, answer.json()


def test_health_says_which_release_is_served(served: Served) -> None:
    answer = served.http.get("/health")

    assert answer.status_code == 200
    assert answer.json() | {"started_at": None} == {
        "status": "ok",
        "why": None,
        "release": "20261121101502-3f2c1ab",
        "model": "sentiment",
        "model_version": "8",
        "model_digest": None,
        "commit": "3f2c1ab",
        "started_at": None,
    }
    assert answer.headers[RELEASE_HEADER] == "20261121101502-3f2c1ab"


def test_the_model_that_was_released_is_healthy(tmp_path: Path) -> None:
    model = tmp_path / "model.joblib"
    model.write_bytes(b"weights")
    app = FastAPI()
    instrument(app, model_path=model, telemetry="off", environ={"HEADGATE_MODEL_DIGEST": digest(model)})

    assert status_of(app)[0] == 200


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_another_model_than_the_released_one_gets_no_traffic(tmp_path: Path, kind: str) -> None:
    model = tmp_path / "model"
    if kind == "folder":
        model.mkdir()
    (model / "weights.bin" if kind == "folder" else model).write_bytes(b"weights")
    released = "sha256:" + 64 * "0"
    app = FastAPI()
    instrument(app, model_path=model, telemetry="off", environ={"HEADGATE_MODEL_DIGEST": released})

    status, body = status_of(app)

    assert (status, body["status"]) == (503, "failing")
    assert digest(model) in body["why"]
    assert released in body["why"]


def test_a_missing_model_gets_no_traffic(tmp_path: Path) -> None:
    app = FastAPI()
    instrument(app, model_path=tmp_path / "gone.joblib", telemetry="off", environ={})

    status, body = status_of(app)

    assert status == 503
    assert body["why"] == f"there is no model at {tmp_path / 'gone.joblib'}"


def test_an_application_that_is_not_ready_is_alive_and_gets_no_traffic() -> None:
    app, loaded = FastAPI(), threading.Event()
    instrument(app, ready=loaded.is_set, telemetry="off", environ={})
    http = TestClient(app)

    assert http.get("/health").status_code == 503
    assert http.get("/health/live").status_code == 200
    loaded.set()
    assert http.get("/health").status_code == 200


def test_each_inference_is_one_line_without_its_input(served: Served) -> None:
    served.http.post("/predict", json={"text": "a good day, my password is hunter2"})
    served.http.post("/predict", json={"text": "a bad day"})

    first, second = served.lines(2)

    assert (first["endpoint"], first["status"]) == ("/predict", 200)
    assert (first["prediction"], first["confidence"]) == ("positive", 0.9)
    assert (first["release"], first["model_version"]) == ("20261121101502-3f2c1ab", "8")
    assert 0 < first["inference_time"] < 5
    assert first["probe"] is False
    assert second["prediction"] == "negative"
    assert first["request_id"] != second["request_id"]
    assert "hunter2" not in served.log.read_text()


def test_a_request_keeps_its_id_through_answer_and_telemetry(served: Served) -> None:
    answer = served.http.post("/predict", json={"text": "good"}, headers={REQUEST_ID_HEADER: "order-17"})

    assert answer.headers[REQUEST_ID_HEADER] == "order-17"
    assert served.lines(1)[0]["request_id"] == "order-17"


def test_an_id_that_is_not_one_is_replaced(served: Served) -> None:
    served.http.post("/predict", json={"text": "good"}, headers={REQUEST_ID_HEADER: 'x", "release": "forged'})

    (line,) = served.lines(1)
    assert len(line["request_id"]) == 32
    assert line["release"] == "20261121101502-3f2c1ab"


def test_probes_are_marked_and_not_counted(served: Served) -> None:
    served.http.post("/predict", json={"text": "good"}, headers={PROBE_HEADER: "1"})

    assert served.lines(1)[0]["probe"] is True
    assert "headgate_requests_total{" not in served.http.get("/metrics").text
    assert "headgate_predictions_total{" not in served.http.get("/metrics").text


def test_a_refused_request_is_a_line_without_a_prediction(served: Served) -> None:
    served.http.post("/predict", json={"nonsense": 1})

    (line,) = served.lines(1)
    assert (line["status"], line["prediction"], line["confidence"]) == (422, None, None)


def test_an_endpoint_that_raises_is_a_line_with_status_500(tmp_path: Path) -> None:
    app = FastAPI()

    @app.post("/predict")
    def predict() -> None:
        raise RuntimeError("out of memory")

    served = Served(app, tmp_path / "log")

    assert served.http.post("/predict").status_code == 500
    assert served.lines(1)[0]["status"] == 500
    assert served.number('headgate_requests_total{endpoint="/predict",method="POST",status="500"}') == 1


def test_async_endpoints_and_routers_with_a_prefix_are_seen(tmp_path: Path) -> None:
    app, router = FastAPI(), APIRouter()

    @router.post("/{model}/predict")
    async def predict(model: str) -> dict[str, Any]:
        return {"prediction": 7, "probability": 1}

    app.include_router(router, prefix="/v1")
    served = Served(app, tmp_path / "log")
    served.http.post("/v1/digits/predict")

    (line,) = served.lines(1)
    assert line["endpoint"].endswith("/{model}/predict")
    assert (line["prediction"], line["confidence"]) == (7, 1.0)


def test_a_batch_is_one_line_for_each_prediction(tmp_path: Path) -> None:
    app = FastAPI()

    @app.post("/batch")
    def batch() -> dict[str, Any]:
        return {"predictions": [{"label": "a", "score": 0.7}, {"label": "b", "score": 0.6}]}

    served = Served(app, tmp_path / "log")
    served.http.post("/batch", headers={REQUEST_ID_HEADER: "one"})

    assert [(line["prediction"], line["confidence"], line["request_id"]) for line in served.lines(2)] == [
        ("a", 0.7, "one"),
        ("b", 0.6, "one"),
    ]


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_an_endpoint_may_say_itself_what_it_predicted(tmp_path: Path, kind: str) -> None:
    app = FastAPI()

    def answer() -> str:
        observe("fraud", 0.97)
        return "declined"

    async def answer_async() -> str:
        return answer()

    app.post("/decide")(answer if kind == "sync" else answer_async)
    served = Served(app, tmp_path / "log")
    served.http.post("/decide")

    (line,) = served.lines(1)
    assert (line["prediction"], line["confidence"]) == ("fraud", 0.97)


def test_what_a_library_calls_a_number_is_one(tmp_path: Path) -> None:
    app = FastAPI()

    @app.post("/decide")
    def decide() -> str:
        observe(numpy.int64(3), numpy.float32(0.5))
        observe(numpy.array(["a", "b"]), numpy.array([0.5, 0.5]))
        return "done"

    served = Served(app, tmp_path / "log")

    assert served.http.post("/decide").status_code == 200
    assert [(line["prediction"], line["confidence"]) for line in served.lines(2)] == [(3, 0.5), (None, None)]


def test_saying_a_prediction_outside_of_a_request_does_nothing() -> None:
    observe("fraud", 0.97)


def test_other_routes_and_strangers_are_counted_and_not_logged(served: Served) -> None:
    for path in ("/wp-login.php", "/.env"):
        assert served.http.post(path).status_code == 404
    served.http.request("FORGED", "/predict")
    served.http.post("/predict", json={"text": "good"})

    assert len(served.lines(1)) == 1
    metrics = served.http.get("/metrics").text
    assert 'headgate_requests_total{endpoint="unmatched",method="POST",status="404"} 2.0' in metrics
    assert "wp-login" not in metrics
    assert "FORGED" not in metrics


def test_prometheus_reads_requests_predictions_and_release(served: Served) -> None:
    for text in ("good", "good", "bad"):
        served.http.post("/predict", json={"text": text})
    served.lines(3)

    assert served.number('headgate_requests_total{endpoint="/predict",method="POST",status="200"}') == 3
    assert served.number('headgate_predictions_total{endpoint="/predict",prediction="positive"}') == 2
    assert served.number('headgate_request_seconds_count{endpoint="/predict"}') == 3
    assert served.number("headgate_telemetry_dropped_total") == 0
    assert 'model_version="8"' in served.http.get("/metrics").text


def test_classes_without_end_share_one_counter(tmp_path: Path) -> None:
    app = FastAPI()

    @app.post("/name")
    async def name(request: Request) -> dict[str, str]:
        return {"label": request.query_params["of"]}

    served = Served(app, tmp_path / "log")
    for number in range(110):
        served.http.post("/name", params={"of": f"class-{number}"})
    served.lines(110)

    assert served.number('headgate_predictions_total{endpoint="/name",prediction="other"}') == 10


def test_a_stream_passes_piece_by_piece(tmp_path: Path) -> None:
    app, second = FastAPI(), asyncio.Event()

    @app.post("/tokens")
    async def tokens() -> StreamingResponse:
        async def write() -> AsyncIterator[str]:
            yield '{"label": '
            await second.wait()
            yield '"a"}'

        return StreamingResponse(write(), media_type="application/json")

    served = Served(app, tmp_path / "log")
    pieces: list[bytes] = []

    async def send(message: dict[str, Any]) -> None:
        pieces.append(message.get("body", b""))
        if pieces[-1]:
            second.set()  # only a first piece that has come through lets the second one be written

    async def receive() -> dict[str, Any]:
        await asyncio.sleep(60)
        return {"type": "http.disconnect"}

    scope = {"type": "http", "method": "POST", "path": "/tokens", "headers": [], "query_string": b"", "root_path": ""}
    asyncio.run(asyncio.wait_for(app(scope, receive, send), timeout=5))  # type: ignore[arg-type]

    assert b"".join(pieces) == b'{"label": "a"}'
    assert served.lines(1)[0]["prediction"] == "a"


def test_telemetry_is_written_before_the_application_ends(tmp_path: Path) -> None:
    log, app = tmp_path / "log", sentiment_app()
    served = Served(app, log)
    with served.http:
        for _ in range(50):
            served.http.post("/predict", json={"text": "good"})

    assert log.read_text().count("\n") == 50


def test_only_named_endpoints_infer(tmp_path: Path) -> None:
    app = sentiment_app()

    @app.post("/feedback")
    def feedback() -> dict[str, str]:
        return {"label": "thanks"}

    served = Served(app, tmp_path / "log", endpoints=["/predict"])
    served.http.post("/feedback")
    served.http.post("/predict", json={"text": "good"})

    assert [line["endpoint"] for line in served.lines(1)] == ["/predict"]


def test_metrics_can_be_left_out() -> None:
    app = FastAPI()
    instrument(app, metrics=None, telemetry="off", environ={})

    assert TestClient(app).get("/metrics").status_code == 404


def test_the_destination_comes_from_the_environment(tmp_path: Path) -> None:
    app = sentiment_app()
    instrument(app, environ={"HEADGATE_TELEMETRY": str(tmp_path / "logs" / "t.jsonl")})
    with TestClient(app) as http:
        http.post("/predict", json={"text": "good"})

    assert json.loads((tmp_path / "logs" / "t.jsonl").read_text())["prediction"] == "positive"
