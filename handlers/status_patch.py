"""Merge patches of a session's status: what the reconciler writes when a session starts and when it ends. Pure.

Called by session_observed.py. Only fields whose one writer is the reconciler stand here.
"""

from datetime import UTC, datetime
from math import log
from typing import Any

from crds.agentic_session import Phase
from crds.forecast import Forecast, Interval
from crds.receipt import Receipt
from crds.redaction import redact
from crds.session_status import AgenticSessionStatus, Condition, ForecastStatus
from handlers.ending import Ending
from handlers.events import SessionObserved, Used

Json = dict[str, Any]

_AMOUNTS = ("usd", "turns", "seconds", "fresh_tokens", "cached_tokens", "output_tokens")

STOPPING = "Stopping"
"""Type of the condition that says since when a runner is being stopped."""


def moment(now: float) -> str:
    """Seconds since the epoch as Kubernetes writes a time."""
    return datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def seconds(moment: str) -> float:
    """A time as Kubernetes writes it, in seconds since the epoch."""
    return datetime.fromisoformat(moment).timestamp()


def started_patch(event: SessionObserved, phase: str) -> Json:
    """The status of a session whose Job exists."""
    session = event.session
    patch: Json = {
        "phase": phase,
        "jobName": session.name,
        "observedGeneration": session.generation,
        "conditions": _conditions(event, "Started", "True", ("JobCreated", "The Job exists.")),
    }
    if not session.status.start_time:
        patch["startTime"] = moment(event.now)
    return patch | planned_patch(event)


def stopping_patch(event: SessionObserved) -> Json:
    """The status of a session whose runner is to leave; the condition's time says since when."""
    return {
        "phase": Phase.STOPPING.value,
        "observedGeneration": event.session.generation,
        "conditions": _conditions(event, STOPPING, "True", ("Stopping", "The runner is told to stop.")),
    }


def stopping_since(event: SessionObserved) -> str | None:
    """When the runner was told to stop, as the status has it."""
    conditions = event.session.status.conditions or ()
    return next((condition.last_transition_time for condition in conditions if condition.type == STOPPING), None)


def ended_patch(event: SessionObserved, how: Ending) -> Json:
    """The status of a session that has ended so."""
    patch: Json = {
        "phase": how.phase.value,
        "message": how.message[:4096],
        "observedGeneration": event.session.generation,
        "completionTime": moment(event.now),
        "conditions": _conditions(event, "Finished", "True", (how.reason, how.message)),
        **_spent(event.standing.used, event.session.work.budget.cost_usd or event.usual_usd),
    }
    planned = planned_patch(event)
    planned.pop("message", None)
    budget = patch["budget"] | planned.pop("budget", {}) | _against_forecast(event)
    patch |= _agent(event) | _context(event) | planned | {"budget": budget}
    return patch | {"is_error": how.phase is Phase.FAILED}


def status_so_far(event: SessionObserved) -> AgenticSessionStatus:
    """What was expected and what is used, as the status will have it once the session has ended: for the pull request,
    which is opened before that."""
    spent = _spent(event.standing.used, event.session.work.budget.cost_usd or event.usual_usd)
    budget = spent["budget"] | planned_patch(event).get("budget", {}) | _against_forecast(event)
    return AgenticSessionStatus.model_validate(spent | _agent(event) | {"budget": budget})


def _spent(used: Used, limit: float | None) -> Json:
    tokens = used.tokens
    budget: Json = {"usedUSD": float(used.usd), "usedTokens": tokens.total}
    if limit is not None:
        budget["limitUSD"] = limit
    usage = {
        "inputTokens": tokens.input,
        "outputTokens": tokens.output,
        "cacheReadInputTokens": tokens.cache_read,
        "cacheCreationInputTokens": tokens.cache_write,
    }
    return {"budget": budget, "usage": usage, "total_cost_usd": float(used.usd)}


def planned_patch(event: SessionObserved) -> Json:
    """What the session is expected to use, and the model that does it; nothing where nobody knows yet."""
    order, plan = event.standing.order, event.standing.plan
    known = order or plan
    if known is None or known.forecast is None:
        return {}
    reason = order.model_reason if order else plan.reason if plan else ""
    patch: Json = {"model": known.model[:128], "budget": {"forecast": _shown(known.forecast)}}
    patch |= {"modelReason": reason[:1024]} if reason else {}
    return patch | ({"message": plan.warning[:4096]} if plan and plan.warning else {})


def _shown(forecast: Forecast) -> Json:
    amounts = {name: _rounded(getattr(forecast, name)) for name in _AMOUNTS}
    shown = {name: interval for name, interval in amounts.items() if interval is not None}
    return ForecastStatus.model_validate({**shown, "runs": forecast.runs, "basis": forecast.basis}).document()


def _rounded(interval: Interval | None) -> Json | None:
    return None if interval is None else {name: round(value, 4) for name, value in interval.model_dump().items()}


def _against_forecast(event: SessionObserved) -> Json:
    """How far what was used is from what was expected; how long it took alone where its model was never asked."""
    order, used = event.standing.order, event.standing.used
    began = event.session.status.start_time
    took = {"usedSeconds": round(event.now - seconds(began), 1)} if began else {}
    if order is None or order.forecast is None or not used.calls:
        return took
    return {"forecastError": round(_error(order.forecast, used), 4), **took}


def _error(forecast: Forecast, used: Used) -> float:
    if forecast.usd is not None:
        return log((float(used.usd) + 0.0001) / (forecast.usd.middle + 0.0001))
    tokens = forecast.fresh_tokens.middle + forecast.cached_tokens.middle + forecast.output_tokens.middle
    return log((used.tokens.total + 1) / (tokens + 1))


def _agent(event: SessionObserved) -> Json:
    agent = event.standing.report.result.agent if event.standing.report else None
    if agent is None:
        return {}
    return {
        "num_turns": agent.turns,
        "session_id": agent.session_id,
        "subtype": agent.subtype,
        "result": redact(agent.text)[:16384],
    }


def _context(event: SessionObserved) -> Json:
    receipt = event.standing.report.result.receipt if event.standing.report else None
    window = _window(event)
    if receipt is None:
        return {"context": window} if window else {}
    context: Json = {
        **window,
        "budgetTokens": receipt.budget,
        "promptTokens": receipt.prompt,
        "sources": len(receipt.rows),
        "dropped": sum(row.way == "dropped" for row in receipt.rows),
        "hiddenCharacters": receipt.hidden_characters,
        "stableTokens": receipt.stable,
        "kinds": [{"kind": one.kind, "tokens": one.taken} for one in receipt.by_kind()[:24] if one.taken],
    }
    return {"context": context | _measured(receipt)}


def _measured(receipt: Receipt) -> Json:
    """What was expected in the prompt cache beside what was there, and how the model counts."""
    found = receipt.measured
    if found is None:
        return {}
    known: Json = {
        "requestTokens": found.request,
        "countedTokens": receipt.counted_by_the_model,
        "overheadTokens": found.overhead,
    }
    cache = {
        "expectedCachedTokens": receipt.expected_cached,
        "cachedTokens": found.cache_read,
        "cacheWrittenTokens": found.cache_write,
    }
    return {name: value for name, value in known.items() if value is not None} | cache


def _window(event: SessionObserved) -> Json:
    progress = event.session.status.progress
    if progress is None or not progress.context_window:
        return {}
    return {"windowTokens": progress.context_window, "windowUsedTokens": progress.context_tokens or 0}


def _conditions(event: SessionObserved, kind: str, status: str, why: tuple[str, str]) -> list[Json]:
    """All conditions with this one set; its time moves only when its status does."""
    before = {condition.type: condition for condition in event.session.status.conditions or ()}
    old = before.get(kind)
    unchanged = old is not None and old.status == status
    new = Condition.model_validate(
        {
            "type": kind,
            "status": status,
            "reason": why[0],
            "message": why[1],
            "lastTransitionTime": old.last_transition_time if old and unchanged else moment(event.now),
            "observedGeneration": event.session.generation,
        }
    )
    return [condition.document() for condition in {**before, kind: new}.values()]
