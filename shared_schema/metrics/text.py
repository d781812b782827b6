"""What a scrape gets: the figures of all workers of a service, added up, in the text format of Prometheus."""

import platform
from collections.abc import Iterable, Iterator

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector

from shared_schema.metrics import seats, series

CONTENT_TYPE = CONTENT_TYPE_LATEST


class _Service(CollectorRegistry):
    """All series of a service, each with the label `service`."""

    def __init__(self, service: str, gauges: Iterable[Metric]) -> None:
        super().__init__()
        self._service, self._gauges = service, gauges

    def collect(self) -> Iterator[Metric]:
        for metric in [*_counted(), *self._gauges]:
            labels = {"service": self._service}
            metric.samples = [sample._replace(labels=labels | sample.labels) for sample in metric.samples]
            yield metric


def _counted() -> Iterable[Metric]:
    folder = seats.directory()
    if folder is None:
        return series.REGISTRY.collect()
    seats.clear_up(folder)
    files = MultiProcessCollector(None, str(folder))  # type: ignore[no-untyped-call]  # prometheus_client has no types here
    collected: Iterable[Metric] = files.collect()  # type: ignore[no-untyped-call]  # prometheus_client has no types here
    return collected


def of(service: str, *, release: str, ready: bool, replica_age_s: float | None) -> bytes:
    """The answer to a scrape. What holds for the whole host comes from the caller, as it is now."""
    build = GaugeMetricFamily("pingtopass_build_info", "What runs.", labels=["release", "python"])
    build.add_metric([release, platform.python_version()], 1)
    gauges = [build, GaugeMetricFamily("pingtopass_ready", "1 if /readyz answers 200.", value=float(ready))]
    if replica_age_s is not None:
        age = GaugeMetricFamily("pingtopass_replica_age_seconds", "Greatest possible age.", value=replica_age_s)
        gauges.append(age)
    return generate_latest(_Service(service, gauges))
