"""The numbers that operators scrape; their names are public. Counts come from decisions, gauges from the database.

Labels are few and bounded on purpose: no person, no address, no text ever becomes a label.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics, generate_latest

from handlers.ctx import Count
from storage.store import Tx

log = structlog.get_logger("mio.metrics")

MOST_SERIES = 1_000
"""Series per metric; what comes after is counted as ``other``, so that a vendor's odd code cannot fill the memory."""
LABEL_LENGTH = 60
SECONDS = (0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0, 30.0, 120.0, 600.0, 3600.0)

disable_created_metrics()  # type: ignore[no-untyped-call]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What the database says at one moment."""

    jobs: Mapping[str, int]
    oldest_seconds: float
    links: Mapping[str, int]
    grants: Mapping[str, int]
    """Live grants by platform."""
    subscriptions: Mapping[tuple[str, str], int]
    """What hears people, by platform and state: live, or due to be looked after."""


def snapshot(tx: Tx) -> Snapshot:
    links: dict[str, int] = {}
    for (_, state), n in tx.links.counts().items():
        links[state.value] = links.get(state.value, 0) + n
    grants: dict[str, int] = {}
    for (platform, _), n in tx.grants.counts().items():
        grants[platform] = grants.get(platform, 0) + n
    heard = tx.grants.listening(tx.now)
    return Snapshot(tx.queue.counts(), tx.queue.oldest().total_seconds(), links, grants, heard)


class Metrics:
    """One process's numbers, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = own = CollectorRegistry()
        counters = (
            ("mio_events_total", "Events decided over, and what became of them", ("platform", "kind", "outcome")),
            (
                "mio_platform_requests_total",
                "Calls to a platform; status 0: no answer",
                ("platform", "method", "status"),
            ),
            ("mio_undelivered_total", "Messages that were not delivered", ("reason",)),
            ("mio_duplicates_total", "Messages that came twice and were carried once", ("platform",)),
        )
        relay = Histogram(
            "mio_relay_seconds",
            "From a message's arrival here to its acceptance by the target platform",
            ("source", "target"),
            registry=own,
            buckets=SECONDS,
        )
        self._named: dict[str, Counter | Histogram] = {
            name: Counter(name, words, labels, registry=own) for name, words, labels in counters
        }
        self._named["mio_relay_seconds"] = relay
        self._jobs = Gauge("mio_jobs", "Jobs in the queue", ("state",), registry=own)
        self._oldest = Gauge("mio_oldest_job_seconds", "Age of the oldest job that waits only for us", registry=own)
        self._links = Gauge("mio_links", "Links of people to their secondary platforms", ("state",), registry=own)
        self._grants = Gauge("mio_grants", "Stored permissions", ("platform", "state"), registry=own)
        self._subscriptions = Gauge(
            "mio_subscriptions", "What hears people at a platform", ("platform", "state"), registry=own
        )
        self._children: dict[tuple[str, tuple[str, ...]], Counter | Histogram] = {}
        self._series: dict[str, int] = {}

    def counted(self, counts: Iterable[Count]) -> None:
        """Add what a decision counted. A count nobody declared is logged; it must not undo a decision that stands."""
        for count in counts:
            try:
                self._add(count.metric, count.labels, count.value)
            except (KeyError, ValueError) as fault:
                log.warning("not counted", metric=count.metric, fault=type(fault).__name__)

    def platform_request(self, platform: str, method: str, status: int) -> None:
        """One call to a vendor; ``status`` 0: there was no answer."""
        self._add("mio_platform_requests_total", (platform, method, str(status)), 1.0)

    def _add(self, metric: str, labels: tuple[str, ...], value: float) -> None:
        child = self._children.get((metric, labels)) or self._bound(metric, labels)
        if isinstance(child, Histogram):
            child.observe(value)
        else:
            child.inc(value)

    def _bound(self, metric: str, labels: tuple[str, ...]) -> Counter | Histogram:
        """The child for these labels, kept; raises ``KeyError`` or ``ValueError`` for what was not declared."""
        named = self._named[metric]
        if self._series.get(metric, 0) >= MOST_SERIES:
            return named.labels(*("other" for _ in labels))
        child = named.labels(*(label[:LABEL_LENGTH] for label in labels))
        self._series[metric] = self._series.get(metric, 0) + 1
        self._children[metric, labels] = child
        return child

    # -- scraping --------------------------------------------------------------------------------

    def refresh(self, seen: Snapshot) -> None:
        _set(self._jobs, {(state,): n for state, n in seen.jobs.items()})
        self._oldest.set(seen.oldest_seconds)
        _set(self._links, {(state,): n for state, n in seen.links.items()})
        _set(self._grants, {(platform, "live"): n for platform, n in seen.grants.items()})
        _set(self._subscriptions, {(platform, state): n for (platform, state), n in seen.subscriptions.items()})

    def forget_gauges(self) -> None:
        """The database is away: show no number rather than an old one."""
        for gauge in (self._jobs, self._links, self._grants, self._subscriptions):
            gauge.clear()
        self._oldest.set(float("nan"))

    def render(self) -> bytes:
        """The Prometheus text format."""
        return generate_latest(self.registry)


def _set(gauge: Gauge, values: Mapping[tuple[str, ...], int]) -> None:
    gauge.clear()
    for labels, n in values.items():
        gauge.labels(*labels).set(n)
