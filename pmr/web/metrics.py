"""Prometheus' metrics, on a port of their own. No label names an account, a record or a block.

Labels are route templates, methods and classes of status: what a client chooses freely (a path, a method that
does not exist) is never one. Each application has a registry of its own.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, cast

from flask import Flask, Response, g, request
from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from pmr.content.store import Extent
from pmr.server.metrics import Measured, Measures
from pmr.server.repeated import Repeated
from pmr.server.services import Services

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

MEASURE_SECONDS = 10
"""How old the numbers of the state may be; scrapes neither wait for the chain nor add to its load."""
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_METHODS = {"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"}
_SIGN_IN = "session.sign_in"


class Metrics:
    """Counts requests of one application, and shows them with the state of its services."""

    def __init__(self, services: Services) -> None:
        """Show `services`; nothing listens before `start`."""
        self.registry = CollectorRegistry()
        self._measure = Repeated("measure", services.measures.take, MEASURE_SECONDS)
        self._server: Any = None
        self._make_counters()
        self.registry.register(_State(services))
        ProcessCollector(registry=self.registry)

    def _make_counters(self) -> None:
        of, place = self.registry, ("route", "method")
        self._requests = Counter("pmr_requests", "Answered requests.", (*place, "status"), registry=of)
        self._seconds = Histogram(
            "pmr_request_seconds", "Time to an answer.", place, registry=of, buckets=_BUCKETS
        )
        self._received = Counter("pmr_received_bytes", "Bytes of bodies that were read.", registry=of)
        self._sent = Counter("pmr_sent_bytes", "Bytes of bodies that were answered.", registry=of)
        self._blocks = Counter("pmr_blocks_stored", "Blocks taken by uploads.", registry=of)
        self._block_bytes = Counter("pmr_block_bytes_stored", "Bytes of these blocks.", registry=of)
        self._denied = Counter("pmr_denied", "Answers 404: denied or absent.", ("route",), registry=of)
        self._limited = Counter("pmr_limited", "Answers 429, by rate limits.", ("route",), registry=of)
        self._sign_ins = Counter("pmr_sign_ins", "Attempts to sign in.", ("outcome",), registry=of)
        for outcome in ("ok", "failed"):
            self._sign_ins.labels(outcome)

    def install(self, app: Flask) -> None:
        """Count the requests of `app`."""
        app.before_request(self._begin)
        app.after_request(self._end)
        inner = app.wsgi_app

        def counting(asked: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            asked["wsgi.input"] = _Counted(asked["wsgi.input"], self._received)
            return inner(asked, start_response)

        app.wsgi_app = counting  # type: ignore[method-assign, assignment]  # Flask's own way

    def start(self, host: str, port: int) -> None:
        """Measure again and again, and answer Prometheus at `host`:`port`, in threads."""
        self._measure.start()
        self._server, _ = start_http_server(port, host, self.registry)

    def stop(self) -> None:
        """End both."""
        self._measure.stop()
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()

    def _begin(self) -> None:
        g.measured_from = time.monotonic()

    def _end(self, answer: Response) -> Response:
        route, method = _route(), request.method if request.method in _METHODS else "other"
        self._requests.labels(route, method, f"{answer.status_code // 100}xx").inc()
        self._seconds.labels(route, method).observe(time.monotonic() - g.measured_from)
        if request.method != "HEAD":
            self._sent.inc(answer.content_length or 0)
        self._count_refused(route, answer.status_code)
        self._count_done(answer.status_code)
        return answer

    def _count_refused(self, route: str, status: int) -> None:
        if status == 404:
            self._denied.labels(route).inc()
        elif status == 429:
            self._limited.labels(route).inc()

    def _count_done(self, status: int) -> None:
        if request.endpoint == _SIGN_IN and status != 429:
            self._sign_ins.labels("ok" if status < 300 else "failed").inc()
        stored = cast("Extent | None", g.get("stored"))
        if stored is not None:
            self._blocks.inc(stored.blocks)
            self._block_bytes.inc(stored.bytes)


class _Counted:
    """A request's body that counts what is read of it."""

    def __init__(self, stream: Any, counter: Counter) -> None:
        self._stream = stream
        self._counter = counter

    def read(self, size: int = -1) -> bytes:
        return self._note(self._stream.read(size))

    def readline(self, size: int = -1) -> bytes:
        return self._note(self._stream.readline(size))

    def readlines(self, hint: int = -1) -> list[bytes]:
        return [self._note(line) for line in self._stream.readlines(hint)]

    def __iter__(self) -> Iterator[bytes]:
        return map(self._note, self._stream)

    def _note(self, data: bytes) -> bytes:
        self._counter.inc(len(data))
        return data


class _State(Collector):
    """The state of the services, as it was last measured."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def collect(self) -> Iterable[Metric]:
        """What Prometheus' library asks for at each scrape."""
        yield _build(self._services)
        yield from _gauges(_values(self._services.measures))
        yield from _runs(self._services.tasks)


def _route() -> str:
    """The template of the route, `/api/records/<owner>/…`; `none` for what is no route."""
    return "none" if request.url_rule is None else request.url_rule.rule


def _build(services: Services) -> Metric:
    made = GaugeMetricFamily(
        "pmr_build_info", "Version, and the chain it serves.", labels=("version", "chain_id")
    )
    made.add_metric((services.version, str(services.deployment.chain_id)), 1)
    return made


def _values(measures: Measures) -> Iterator[tuple[str, str, float | None]]:
    """Name, explanation and value; None is left out."""
    last: Measured = measures.last
    yield "pmr_staged_blocks", "Blocks that accounts sent lately, once an account.", last.staged_blocks
    yield "pmr_staged_bytes", "Bytes of these.", last.staged_bytes
    yield "pmr_pinned_roots", "Roots that are kept.", last.pinned_roots
    yield "pmr_pinned_blocks", "Blocks of these, those that roots share counted for each.", last.pinned_blocks
    yield "pmr_pinned_bytes", "Bytes of these.", last.pinned_bytes
    yield "pmr_vaults", "Vaults that are kept.", last.vaults
    yield "pmr_free_bytes", "Free on the disk of the state folder.", last.free_bytes
    yield "pmr_chain_answers", "1 when the chain answered the last look.", float(last.chain_answers)
    yield "pmr_chain_head_age_seconds", "Since the newest block that was seen.", measures.head_age()
    yield "pmr_index_lag_blocks", "Blocks that the index is behind the chain.", last.index_lag
    yield (
        "pmr_finality_lag_blocks",
        "Blocks from the newest final indexed one to the head.",
        measures.finality_lag(),
    )


def _gauges(values: Iterable[tuple[str, str, float | None]]) -> Iterator[Metric]:
    for name, explanation, value in values:
        if value is not None:
            yield GaugeMetricFamily(name, explanation, value)


def _runs(tasks: Sequence[Repeated]) -> Iterator[Metric]:
    runs = CounterMetricFamily(
        "pmr_task_runs", "Runs of the work beside requests.", labels=("task", "outcome")
    )
    last = GaugeMetricFamily("pmr_task_success_timestamp_seconds", "Its last success.", labels=("task",))
    for task in tasks:
        runs.add_metric((task.name, "ok"), task.done)
        runs.add_metric((task.name, "failed"), task.failed)
        last.add_metric((task.name,), task.done_at)
    yield from (runs, last)
