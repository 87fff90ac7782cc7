"""The measured table of what the agent's program sends beside the prompt is what the installed one really sends."""

import pytest

from crds.agentic_session import Task
from crds.overhead import overhead
from tests.bench.overhead import measured


@pytest.mark.parametrize(("task", "model"), [(Task.FIX, "claude-sonnet-5-5"), (Task.ASK, "claude-haiku-4-5")])
async def test_the_first_request_has_the_measured_size(task: Task, model: str) -> None:
    found = await measured(task, model)
    assert found.total == pytest.approx(overhead(task, model), rel=0.1)
