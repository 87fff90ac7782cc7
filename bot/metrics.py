"""The numbers of `/metrics`: one object a process, on a registry of its own, handed to whoever counts something.

Labels have few values, all chosen by us: nothing that a stranger wrote becomes one.
"""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram


class Metrics:
    """All counters, gauges and histograms of the bot."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.deliveries = Counter(
            "vteam_deliveries", "Webhooks by what became of them.", ["outcome", "reason"], registry=self.registry
        )
        self.slack_deliveries = Counter(
            "vteam_slack_deliveries",
            "What Slack told, by what became of it.",
            ["outcome", "reason"],
            registry=self.registry,
        )
        self.slack_socket = Gauge(
            "vteam_slack_socket", "Whether Socket Mode is connected: 1 or 0.", registry=self.registry
        )
        self.work = Counter(
            "vteam_inbox_work", "Deliveries worked off, by outcome.", ["outcome"], registry=self.registry
        )
        self.installations = Counter(
            "vteam_installation_changes", "What became of the App's installations.", ["action"], registry=self.registry
        )
        self.inbox = Gauge("vteam_inbox_depth", "Deliveries that wait or are worked on.", registry=self.registry)
        self.redelivered = Counter("vteam_redelivered", "Webhooks that were asked for again.", registry=self.registry)
        self.rate_limits = Counter(
            "vteam_github_rate_limits", "GitHub's rate limits that were run into.", ["kind"], registry=self.registry
        )
        self.effects = Counter("vteam_effects", "Effects carried out, by kind.", ["kind"], registry=self.registry)
        self.reconciles = Counter("vteam_reconciles", "Looks at a session.", ["outcome"], registry=self.registry)
        self.reconcile_seconds = Histogram(
            "vteam_reconcile_seconds", "Seconds of one look at a session.", registry=self.registry
        )
        self.sessions = Gauge("vteam_sessions", "Sessions by phase.", ["phase"], registry=self.registry)
        self.faults = Counter("vteam_faults", "Exceptions that are our own fault.", ["where"], registry=self.registry)
        self.shared_code = Counter(
            "vteam_shared_code",
            "Files of parsed code that runners asked for or handed in, by what became of it.",
            ["outcome"],
            registry=self.registry,
        )
        self.shared_code_bytes = Counter(
            "vteam_shared_code_bytes", "Bytes of parsed code, given or taken.", ["way"], registry=self.registry
        )
        self.model_tokens = Counter("vteam_model_tokens", "Tokens by kind.", ["kind", "model"], registry=self.registry)
        self.model_dollars = Counter("vteam_model_dollars", "Dollars spent.", ["model"], registry=self.registry)
        self.model_refusals = Counter(
            "vteam_model_refusals", "Model calls refused, by reason.", ["reason"], registry=self.registry
        )
        self.model_first_byte = Histogram(
            "vteam_model_first_byte_seconds", "Seconds to the first byte of a model's answer.", registry=self.registry
        )
