"""What the runner hands back: progress while it works, and a result document at its end.

Written by the runner, which is not believed: the bot bounds, redacts and checks everything in it.
"""

from typing import Annotated, Literal

from pydantic import Field

from crds.receipt import Receipt
from crds.schema import Message
from crds.usage import Tokens
from crds.work_order import KnownSummary, Sha

CodeFormat = Annotated[str, Field(pattern=r"^[A-Za-z0-9.-]{1,64}$")]
"""Which runners understand a file of parsed code."""


class ProgressEvent(Message):
    """One numbered thing that happened in the pod."""

    seq: Annotated[int, Field(ge=1)]
    kind: Literal["phase", "turn", "tool", "text", "context"]
    text: Annotated[str, Field(max_length=2000)] = ""
    """Phase or tool name, or what the agent said."""
    detail: Annotated[str, Field(max_length=2000)] = ""
    """What the tool works on: a path, a command."""
    turn: Annotated[int, Field(ge=0)] = 0
    context_tokens: Annotated[int, Field(ge=0)] | None = None
    """Tokens in the agent's window, where the event tells them."""
    context_window: Annotated[int, Field(ge=0)] | None = None
    """Tokens that the window holds, where the event tells them."""


class ProgressBatch(Message):
    events: Annotated[tuple[ProgressEvent, ...], Field(max_length=500)]


class Work(Message):
    """One repository's work in a result."""

    repository: Annotated[str, Field(max_length=201)]
    """`OrderedRepository.name`."""
    base: Sha
    head: Sha
    commits: Annotated[int, Field(ge=0)]
    bundle: bool
    """Whether a bundle BASE..HEAD travels with the document."""


class ProposedNote(Message):
    """A note that the session proposes to be remembered. The bot dates it and gives it its trust."""

    kind: Literal["decision", "place", "failed", "tests"]
    text: Annotated[str, Field(max_length=2000)]


class SummaryBatch(Message):
    """Summaries that the runner has had made. Taken once, before the agent runs: what the agent says is no cache."""

    summaries: Annotated[tuple[KnownSummary, ...], Field(max_length=64)] = ()


class SharedCode(Message):
    """What the runner has parsed of one repository, for its later sessions: a file that travels with the batch.

    To the bot it is bytes with a name; only runners look into it, and they do not believe it.
    """

    repository: Annotated[str, Field(max_length=201)]
    """`OrderedRepository.name`."""
    format: CodeFormat
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    size: Annotated[int, Field(ge=1)]
    """Bytes of the file."""


class SharedCodeBatch(Message):
    """Taken once, before the agent runs, and none as well: what comes later may be the agent's."""

    code: Annotated[tuple[SharedCode, ...], Field(max_length=16)] = ()


class AgentOutcome(Message):
    """How the agent's run ended, in its own words."""

    subtype: Annotated[str, Field(max_length=64)]
    is_error: bool
    turns: Annotated[int, Field(ge=0)]
    session_id: Annotated[str, Field(max_length=128)] = ""
    text: Annotated[str, Field(max_length=65536)] = ""
    reported_cost_usd: Annotated[float, Field(ge=0)] | None = None
    reported_tokens: Tokens = Tokens()
    api_error: Annotated[str, Field(max_length=2000)] = ""
    """What the model's server answered, where that ended the run."""


class Result(Message):
    """The result document. Exit codes: 0 done, 1 agent error, 2 prerequisite failed, 143 stopped."""

    exit_code: Literal[0, 1, 2, 143]
    error: Annotated[str, Field(max_length=4000)] = ""
    """One sentence for a person, where something failed."""
    work: Annotated[tuple[Work, ...], Field(max_length=16)] = ()
    agent: AgentOutcome | None = None
    receipt: Receipt | None = None
    seconds: dict[str, float] = {}
    """Seconds by stage: clone, pack, agent …"""
    notes: Annotated[tuple[ProposedNote, ...], Field(max_length=12)] = ()
    """What the session proposes to be remembered of the main repository."""
