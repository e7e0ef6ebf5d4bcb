"""The public numbers: their names, and that odd counts hurt nobody."""

from structlog.testing import capture_logs

from handlers.ctx import Count
from service.metrics import MOST_SERIES, Metrics, Snapshot


def shown(metrics: Metrics) -> str:
    return metrics.render().decode()


def test_every_public_name_is_there() -> None:
    text = shown(Metrics())
    for name in (
        "mio_events_total",
        "mio_relay_seconds",
        "mio_jobs",
        "mio_oldest_job_seconds",
        "mio_platform_requests_total",
        "mio_links",
        "mio_grants",
        "mio_undelivered_total",
        "mio_duplicates_total",
        "mio_subscriptions",
    ):
        assert f"# TYPE {name} " in text
    assert "_created" not in text


def test_decisions_are_counted() -> None:
    metrics = Metrics()
    event = Count("mio_events_total", ("zoom", "MessagePosted", "carried"))
    metrics.counted([event, event, Count("mio_relay_seconds", ("zoom", "slack"), 0.4)])
    metrics.counted([Count("mio_relay_seconds", ("zoom", "slack"), 9)])
    metrics.platform_request("slack", "chat.postMessage", 429)
    text = shown(metrics)
    assert 'mio_events_total{kind="MessagePosted",outcome="carried",platform="zoom"} 2.0' in text
    assert 'mio_relay_seconds_bucket{le="0.5",source="zoom",target="slack"} 1.0' in text
    assert 'mio_relay_seconds_count{source="zoom",target="slack"} 2.0' in text
    assert 'mio_platform_requests_total{method="chat.postMessage",platform="slack",status="429"} 1.0' in text


def test_a_count_nobody_declared_is_logged_and_the_others_are_kept() -> None:
    metrics = Metrics()
    odd = [Count("mio_nothing", ()), Count("mio_duplicates_total", ("zoom", "too many"))]
    with capture_logs() as lines:
        metrics.counted([*odd, Count("mio_duplicates_total", ("zoom",))])
    assert [line["metric"] for line in lines] == ["mio_nothing", "mio_duplicates_total"]
    assert 'mio_duplicates_total{platform="zoom"} 1.0' in shown(metrics)


def test_series_are_bounded() -> None:
    metrics = Metrics()
    metrics.counted(Count("mio_undelivered_total", (f"vendor code {n}",)) for n in range(MOST_SERIES + 5))
    metrics.counted([Count("mio_undelivered_total", ("vendor code 1",))])
    text = shown(metrics)
    assert 'mio_undelivered_total{reason="other"} 5.0' in text
    assert 'mio_undelivered_total{reason="vendor code 1"} 2.0' in text


def test_gauges_show_the_newest_snapshot_only() -> None:
    metrics = Metrics()
    metrics.refresh(Snapshot({"todo": 1}, 3.0, {"pending": 4}, {"zoom": 2, "slack": 1}, {("webex", "due"): 1}))
    metrics.refresh(Snapshot({"todo": 2}, 0.0, {"synced": 4}, {"zoom": 3}, {("webex", "live"): 5}))
    text = shown(metrics)
    assert 'mio_jobs{state="todo"} 2.0' in text and 'mio_links{state="synced"} 4.0' in text
    assert 'mio_subscriptions{platform="webex",state="live"} 5.0' in text and '"due"' not in text
    assert "pending" not in text and 'mio_grants{platform="zoom",state="live"} 3.0' in text


def test_registries_are_separate() -> None:
    one, two = Metrics(), Metrics()
    one.platform_request("zoom", "members", 200)
    assert "members" in shown(one) and "members" not in shown(two)
