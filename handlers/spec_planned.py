"""A specification's plan session has ended → its check says what came of it. Called by session_observed.py."""

from crds.agentic_session import Phase
from handlers import wording
from handlers.check_run import Conclusion
from handlers.effects import Check, Effect, SetStatus
from handlers.events import SessionObserved
from handlers.spec_pushed import Said, check_run


def spec_planned(event: SessionObserved) -> list[Effect]:
    """The effects that tell the end where the specification was pushed; nothing for any other session."""
    session, standing = event.session, event.standing
    if standing.spec is None or standing.thread is None:
        return []
    pulls = session.status.outcome.pull_requests if session.status.outcome else []
    planned = session.phase is Phase.COMPLETED and bool(pulls)
    conclusion: Conclusion = "success" if planned else "neutral"
    said = Said(conclusion, wording.spec_ended_title(planned=planned), wording.spec_ended(event))
    run = check_run(standing.spec.path, standing.spec.commit, said)
    told = {"told": {"result": pulls[0].url[:253] if planned else run.external_id}}
    return [
        Check(standing.thread.repository, standing.thread.installation, run),
        SetStatus(session.namespace, session.name, told),
    ]
