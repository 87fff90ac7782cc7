"""How full the agent's window is, where people look: the progress comment, `status`, the resource's status."""

from dataclasses import replace
from typing import Any

from crds.agentic_session import Phase
from handlers import wording
from handlers.asked import SessionBrief
from handlers.ending import Ending
from handlers.status_patch import ended_patch
from tests.handlers.worlds import FINAL, LIVE, RUNNING, STARTED, resource, result, world

WINDOW = {"doing": "Running pytest", "contextTokens": 76_400, "contextWindow": 200_000}


def test_the_progress_comment_says_it_beside_what_is_done() -> None:
    event = world(resource(status=STARTED | {"progress": WINDOW}), LIVE, RUNNING)
    assert "- [ ] the agent works: Running pytest (context 38 % of 200,000 tokens)" in wording.progress(event)
    staged = WINDOW | {"stage": "verify"}
    said = wording.progress(world(resource(status=STARTED | {"progress": staged}), LIVE, RUNNING))
    assert "- [ ] the agent works, verifying: Running pytest (context 38 % of 200,000 tokens)" in said
    older: Any = {"doing": "Running pytest", "contextTokens": 5}
    assert "context" not in wording.progress(world(resource(status=STARTED | {"progress": older}), LIVE, RUNNING))


def test_status_says_it_of_what_runs() -> None:
    one = SessionBrief("vteam", "fix-1", Phase.RUNNING, "fix", window="context 38 % of 200,000 tokens")
    assert wording.status((one,)).endswith("| `vteam/fix-1` | fix | Running | context 38 % of 200,000 tokens |")
    assert wording.status((replace(one, message="Works."),)).endswith("Works. context 38 % of 200,000 tokens |")


def test_the_status_keeps_it_after_the_end() -> None:
    report = replace(FINAL, result=result())
    event = world(resource(status=STARTED | {"progress": WINDOW}), LIVE, RUNNING, report=report)
    ending = Ending(Phase.COMPLETED, "Completed", "Done.")
    assert ended_patch(event, ending)["context"] == {"windowTokens": 200_000, "windowUsedTokens": 76_400}
