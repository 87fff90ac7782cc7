"""The status of an AgenticSession: every field has one writer, and the field says which.

Turned into the CRD by `manifest.py`, written by the reconcile loop and (progress only) by the runner API.
"""

from typing import Annotated, Literal

from pydantic import Field

from crds.agentic_session import Phase
from crds.forecast import Forecast, Interval
from crds.schema import Branch, Line, Moment, Name, Part, Url


class Condition(Part):
    type: Annotated[str, Field(max_length=316)]
    """What is said to hold."""
    status: Literal["True", "False", "Unknown"]
    """Whether it does."""
    reason: Name
    """One word for programs."""
    message: Annotated[str, Field(max_length=32768)] = ""
    """A sentence for people."""
    last_transition_time: Moment
    """When the status last changed."""
    observed_generation: int | None = None
    """Generation of the spec that this was seen with."""


class Usage(Part):
    input_tokens: int = 0
    """Fresh input tokens."""
    output_tokens: int = 0
    """Output tokens."""
    cache_read_input_tokens: int = 0
    """Input tokens read from the prompt cache."""
    cache_creation_input_tokens: int = 0
    """Input tokens written to the prompt cache."""


class IntervalStatus(Part):
    low: float = 0.0
    """One run of ten ends at or below it."""
    middle: float = 0.0
    """Every second run ends at or below it."""
    high: float = 0.0
    """Nine runs of ten end at or below it."""

    @property
    def interval(self) -> Interval:
        """As the arithmetic has it."""
        low, middle, high = sorted(max(0.0, value) for value in (self.low, self.middle, self.high))
        return Interval(low=low, middle=middle, high=high)


class ForecastStatus(Part):
    usd: IntervalStatus | None = Field(None, alias="usd")
    """Dollars; absent for a model without a price."""
    turns: IntervalStatus = IntervalStatus()
    """Turns of the agent."""
    seconds: IntervalStatus = IntervalStatus()
    """Seconds from the start to the end."""
    fresh_tokens: IntervalStatus = IntervalStatus()
    """Input tokens that are sent for the first time, those that are written to the prompt cache among them."""
    cached_tokens: IntervalStatus = IntervalStatus()
    """Input tokens that are read from the prompt cache."""
    output_tokens: IntervalStatus = IntervalStatus()
    """Output tokens."""
    runs: int = 0
    """Past runs that it learned from."""
    basis: Line = ""
    """What it stands on, in words."""

    @property
    def forecast(self) -> Forecast:
        """As the arithmetic has it."""
        return Forecast(
            fresh_tokens=self.fresh_tokens.interval,
            cached_tokens=self.cached_tokens.interval,
            output_tokens=self.output_tokens.interval,
            turns=self.turns.interval,
            usd=self.usd.interval if self.usd else None,
            seconds=self.seconds.interval,
            runs=max(0, self.runs),
            basis=self.basis[:512],
        )


class BudgetStatus(Part):
    forecast: ForecastStatus | None = None
    """What the session was expected to use, before it ran."""
    forecast_error: float | None = None
    """Natural logarithm of what was used over the middle of the forecast: dollars, or all tokens where there is no
    price. 0 is a perfect forecast, 0.69 twice as much."""
    used_seconds: float | None = None
    """Seconds from the start to the end."""
    limit_usd: float | None = Field(None, alias="limitUSD")
    """Dollars that the session may cost."""
    used_usd: float | None = Field(None, alias="usedUSD")
    """Dollars that the gateway's ledger counts."""
    used_tokens: int | None = None
    """Tokens of all kinds that the ledger counts."""


class ContextKind(Part):
    kind: Annotated[str, Field(max_length=64)]
    """code, thread, task, memory …"""
    tokens: int = 0
    """Tokens of that kind in the prompt."""


class ContextStatus(Part):
    budget_tokens: int | None = None
    """Tokens that the prompt could hold."""
    prompt_tokens: int | None = None
    """Tokens that it holds."""
    sources: int | None = None
    """Pieces that were offered."""
    dropped: int | None = None
    """Pieces that were left out."""
    hidden_characters: int | None = None
    """Characters of hidden text that were taken out."""
    stable_tokens: int | None = None
    """Tokens at the prompt's start that later turns and sessions repeat."""
    request_tokens: int | None = None
    """Tokens of the first request, by the model's own count."""
    counted_tokens: int | None = None
    """Tokens of the prompt, by the model's own count."""
    overhead_tokens: int | None = None
    """Tokens of the first request beside the prompt: system prompt, tools, reminders."""
    expected_cached_tokens: int | None = None
    """Tokens of the first request that were expected in the prompt cache."""
    cached_tokens: int | None = None
    """Tokens of the first request that were read from the prompt cache."""
    cache_written_tokens: int | None = None
    """Tokens of the first request that were written to the prompt cache."""
    window_tokens: int | None = None
    """Tokens that the agent's window holds, by its program's account."""
    window_used_tokens: int | None = None
    """Tokens that were in it at the last turn."""
    kinds: Annotated[list[ContextKind], Field(max_length=24)] | None = None
    """The prompt's tokens by kind of source, most first."""


class Progress(Part):
    seq: int = 0
    """Number of the last event that the runner sent."""
    turns: int = 0
    """Turns taken."""
    doing: Line = ""
    """What the agent does now, in a few words."""
    stage: Literal["", "explore", "change", "verify", "report"] = ""
    """In which phase of its work the agent is."""
    context_tokens: int | None = None
    """Tokens in the agent's window at its last turn, by its program's account."""
    context_window: int | None = None
    """Tokens that the window holds."""
    reported: Literal["", "checkpoint", "final"] = ""
    """Whether a result lies in the store."""
    at: Moment | None = None
    """When this was written."""


class PullRequestOutcome(Part):
    repository: Line
    """`owner/name`."""
    number: int
    """Number of the pull request."""
    url: Url
    """Its page."""
    added: bool = False
    """Whether commits were added to one that was open already."""


class BranchOutcome(Part):
    repository: Line
    """`owner/name`, or the address where there is no forge."""
    branch: Branch
    """Branch that holds the work."""
    commit: Annotated[str, Field(max_length=64)]
    """Its head."""


class Outcome(Part):
    summary: Annotated[str, Field(max_length=16384)] = ""
    """What the agent says it did."""
    refused: Line = ""
    """Why work was not pushed, where it was not."""
    aside: Line = ""
    """Why work lies on another branch than the one it was meant for, where it does."""
    branches: Annotated[list[BranchOutcome], Field(max_length=16)] = []
    """Branches that were pushed."""
    pull_requests: Annotated[list[PullRequestOutcome], Field(max_length=16)] = []
    """Pull requests that were opened."""


class ToldSlack(Part):
    channel: Name | None = None
    """Channel of the thread."""
    thread: Name | None = None
    """Timestamp of the thread's first message."""
    progress: Name | None = None
    """Timestamp of the progress message."""
    digest: Annotated[str, Field(max_length=64)] | None = None
    """Digest of what it says, so that the same is not written again."""
    at: Moment | None = None
    """When it was last written, so that it is paced."""
    result: Name | None = None
    """Timestamp of the closing message, or `none` where nobody is to be told."""


class Told(Part):
    sticky: Name | None = None
    """Identifier of the progress comment."""
    sticky_digest: Annotated[str, Field(max_length=64)] | None = None
    """Digest of what it says, so that the same is not written again."""
    sticky_at: Moment | None = None
    """When it was last written, so that it is paced."""
    result: Name | None = None
    """Identifier of the closing comment, or `none` where nobody is to be told."""
    check: Annotated[str, Field(max_length=64)] | None = None
    """What the Check Run on the pull request says: in_progress or completed."""
    slack: ToldSlack | None = None
    """What has been said in Slack."""


class AgenticSessionStatus(Part):
    phase: Phase | None = None
    """Where the session stands. Written by the reconciler."""
    message: Annotated[str, Field(max_length=4096)] | None = None
    """A sentence for people. Written by the reconciler."""
    observed_generation: int | None = None
    """Generation of the spec that was acted on. Written by the reconciler."""
    start_time: Moment | None = None
    """When the runner began. Written by the reconciler."""
    completion_time: Moment | None = None
    """When the session ended. Written by the reconciler."""
    model: Annotated[str, Field(max_length=128)] | None = None
    """The model that does the work. Written by the reconciler."""
    model_reason: Line | None = None
    """Why this model, where the bot chose it. Written by the reconciler."""
    job_name: Name | None = None
    """Name of its Job. Written by the reconciler."""
    conditions: (
        Annotated[
            list[Condition],
            Field(
                max_length=16,
                json_schema_extra={"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["type"]},
            ),
        ]
        | None
    ) = None
    """Started, Stopping, Finished. Written by the reconciler."""
    progress: Progress | None = None
    """What the runner said last. Written by the runner API, and by nothing else."""
    budget: BudgetStatus | None = None
    """What was expected and what was used. Written by the reconciler: from the history of such runs before it begins,
    from the gateway's ledger at its end."""
    context: ContextStatus | None = None
    """The receipt's totals. Written by the reconciler."""
    outcome: Outcome | None = None
    """What came out. Written by the reconciler."""
    told: Told | None = None
    """What has been said where. Written by the reconciler."""
    total_cost_usd: float | None = Field(None, alias="total_cost_usd")
    """Dollars, as vTeam's readers look for it. Written by the reconciler."""
    usage: Usage | None = None
    """Tokens, as vTeam's readers look for it. Written by the reconciler."""
    num_turns: int | None = Field(None, alias="num_turns")
    """Turns taken. Written by the reconciler."""
    session_id: Name | None = Field(None, alias="session_id")
    """The agent's own session identifier. Written by the reconciler."""
    is_error: bool | None = Field(None, alias="is_error")
    """Whether the run ended with an error. Written by the reconciler."""
    subtype: Name | None = None
    """How the run ended, in the agent's word. Written by the reconciler."""
    result: Annotated[str, Field(max_length=16384)] | None = None
    """The agent's closing text. Written by the reconciler."""
