"""Times as Kubernetes writes them: RFC 3339, UTC, whole seconds. Pure; the Job controller and the kubelet use it."""

from datetime import UTC, datetime


def stamp(when: datetime) -> str:
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parsed(text: str | None) -> datetime | None:
    """None for no time and for what is no time: a status is written by others, too."""
    try:
        found = datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
    return found if found is None or found.tzinfo else found.replace(tzinfo=UTC)


def now() -> datetime:
    return datetime.now(UTC)
