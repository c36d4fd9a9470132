"""What is counted of WeCom, for Prometheus."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge


class WeComMetrics:
    """Counts; *registry* is the assistant's."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.messages = Counter("wenbao_wecom_messages", "Messages and events taken in.", ["part", "kind"], registry=registry)
        self.duplicates = Counter("wenbao_wecom_duplicates", "Callbacks delivered again, and not answered again.", registry=registry)
        self.answers = Counter(
            "wenbao_wecom_answers", "Answers of the application, by the way they went out, and to customers.", ["way"], registry=registry
        )
        self.faults = Counter("wenbao_wecom_faults", "Faults, by where they happened.", ["where", "kind"], registry=registry)
        self.waiting = Gauge("wenbao_wecom_waiting", "Messages of members and customers taken in and not yet answered.", registry=registry)
