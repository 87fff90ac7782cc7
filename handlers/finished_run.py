"""What is remembered of a run that ends: what it was, what it used, what was expected of it. Pure.

Called by session_observed.py; kept by bot/perform.py, read by the next forecast.
"""

from crds.agent_loop import PastRun, Run
from crds.overhead import overhead
from crds.receipt import Receipt
from crds.windows import conversation_share
from crds.work_order import WorkOrder
from handlers.events import SessionObserved
from handlers.naming import repository_folder
from handlers.plan import FinishedRun
from handlers.session import Session
from handlers.status_patch import seconds

LATE = 0.8
"""Of its time, how much an interrupted run has taken at least where the time was over: a tenth is for the report."""


def repository_key(session: Session, repository_id: int) -> str:
    """By what runs of one repository are known: the forge's number of it, or the folder of one that has none."""
    if repository_id:
        return str(repository_id)
    repositories = session.work.repositories
    return repository_folder(repositories[0].url).lower() if repositories else ""


def finished_run(event: SessionObserved) -> FinishedRun | None:
    """What to remember of a session that ends now; None where its model was never asked."""
    order, calls = event.standing.order, event.standing.used
    if order is None or not calls.calls or event.scripted:
        return None
    result = event.standing.report.result if event.standing.report else None
    receipt, agent = (result.receipt, result.agent) if result else (None, None)
    prompt = receipt.prompt if receipt else 0
    past = PastRun(
        run=Run(
            repository=repository_key(
                event.session, event.standing.thread.repository_id if event.standing.thread else 0
            ),
            task=order.task,
            model=order.model,
            prompt=prompt,
            tokens_per_count=order.tokens_per_count,
            earlier=_earlier(order, receipt),
        ),
        tokens=calls.tokens,
        turns=agent.turns if agent else calls.calls,
        usd=float(calls.usd) if order.priced else None,
        seconds=_seconds(event),
        cut=receipt is not None and _cut(event, order),
    )
    report = event.standing.report
    whole = report is not None and report.final and report.result.exit_code == 0 and receipt is not None
    counted, request = _counts(order, receipt)
    return FinishedRun(past, counted, whole, order.forecast, request)


def _cut(event: SessionObserved, order: WorkOrder) -> bool:
    """Whether a limit ended it: its budget, its turns, or its time. Whom a person stops, or a fault, says nothing."""
    if event.job is not None and event.job.failure == "DeadlineExceeded":
        return True
    result = event.standing.report.result if event.standing.report else None
    if result is None or result.agent is None or result.exit_code != 1:
        return False
    agent = result.agent
    spent = agent.api_error.startswith("402") or agent.subtype == "error_max_budget_usd"
    late = agent.subtype == "interrupted" and _seconds(event) >= LATE * order.limits.seconds
    return spent or late or agent.subtype == "error_max_turns"


def _earlier(order: WorkOrder, receipt: Receipt | None) -> int:
    """The model's own tokens of the conversation that went on: what its first request held beside the prompt and the
    fixed parts, no more than may go on."""
    measured = receipt.measured if receipt else None
    if order.continues is None or receipt is None or measured is None:
        return 0
    ratio = order.tokens_per_count
    prompt = receipt.prompt * ratio if measured.prompt is None else measured.prompt
    found = round(measured.request - prompt - overhead(order.task, order.model) * ratio)
    most = round(conversation_share(order.window_tokens, order.limits.context_tokens) * ratio)
    return max(0, min(found, most))


def _counts(order: WorkOrder, receipt: Receipt | None) -> tuple[int, int]:
    """The same text by the bundled tokenizer, and by the model's own count; that is 0 where the ledger knows it.

    The prompt alone where the model's server has counted it: what the agent's program sends beside it changes with the
    program, and says nothing of how the model counts. Else the whole first request; in a conversation that goes on that
    holds more.
    """
    measured = receipt.measured if receipt else None
    if receipt is None or not receipt.prompt:
        return 0, 0
    if measured is not None and measured.prompt:
        return receipt.prompt, measured.prompt
    whole = overhead(order.task, order.model) + receipt.prompt if order.continues is None else 0
    return whole, measured.request if measured and order.small_model == order.model else 0


def _seconds(event: SessionObserved) -> float:
    began = event.session.status.start_time
    return max(0.0, event.now - seconds(began)) if began else 0.0
