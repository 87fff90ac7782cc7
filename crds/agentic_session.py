"""AgenticSession as it stands in a cluster: both shapes found in the field, and what vTeam bot adds.

Read by `spelling.py` (two shapes → one) and turned into the CRD by `manifest.py`. Everything after this point works on
`spelling.Work`, never on the raw spec.
"""

from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import Field

from crds.schema import Branch, LabelValue, Line, Name, Part, Quantity, Text, Url

GROUP = "vteam.ambient-code"
VERSION = "v1alpha1"
API_VERSION = f"{GROUP}/{VERSION}"


class Task(StrEnum):
    """What is asked for; it decides the tools, the prompt and what may come out."""

    RUN = "run"
    FIX = "fix"
    PLAN = "plan"
    REVIEW = "review"
    ASK = "ask"

    @property
    def writes(self) -> bool:
        """Whether the task may end in a pull request."""
        return self in (Task.RUN, Task.FIX, Task.PLAN)


class Phase(StrEnum):
    """Where a session stands. `Error` is only read: the first generation of the platform wrote it."""

    PENDING = "Pending"
    CREATING = "Creating"
    RUNNING = "Running"
    STOPPING = "Stopping"
    STOPPED = "Stopped"
    COMPLETED = "Completed"
    FAILED = "Failed"
    ERROR = "Error"

    @property
    def ended(self) -> bool:
        """Whether nothing will happen to the session any more."""
        return self in (Phase.STOPPED, Phase.COMPLETED, Phase.FAILED, Phase.ERROR)


class RepositoryRef(Part):
    url: Url
    """Address of the git repository."""
    branch: Branch | None = None
    """Branch; the repository's default branch where absent."""


class RepositoryEntry(Part):
    url: Url | None = None
    """Address of the git repository (2026 shape)."""
    branch: Branch | None = None
    """Branch to start from (2026 shape)."""
    auto_push: bool | None = None
    """Whether the work is pushed when the session ends (2026 shape)."""
    input: RepositoryRef | None = None
    """Where the work starts (2025 shape)."""
    output: RepositoryRef | None = None
    """Where the work is pushed (2025 shape)."""


class LlmSettings(Part):
    model: Annotated[str, Field(max_length=128)] | None = None
    """Name of the model, as the Messages API knows it."""
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    """Accepted for the older platforms; the agent chooses for itself."""
    max_tokens: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    """Accepted for the older platforms; the budget bounds the output."""


class UserContext(Part):
    user_id: Name | None = None
    """Stable identifier of the user who made the session."""
    display_name: Line | None = None
    """The user's name for people to read."""
    groups: Annotated[list[Name], Field(max_length=100)] | None = None
    """Groups of the user."""


class ActiveWorkflow(Part):
    git_url: Url
    """Repository of the workflow."""
    branch: Branch | None = None
    """Branch of the workflow."""
    path: Line | None = None
    """Folder in the repository."""


class ResourceOverrides(Part):
    cpu: Quantity | None = None
    """CPU of the runner, a Kubernetes quantity."""
    memory: Quantity | None = None
    """Memory of the runner, a Kubernetes quantity."""
    storage_class: Name | None = None
    """Accepted for the older platforms; the workspace is an emptyDir."""
    priority_class: Annotated[str, Field(max_length=253, pattern=r"^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$")] | None = None
    """PriorityClass of the pod."""


AnyObject = Annotated[dict[str, Any], Field(json_schema_extra={"x-kubernetes-preserve-unknown-fields": True})]


class McpServers(Part):
    custom: (
        Annotated[dict[str, Any], Field(json_schema_extra={"x-kubernetes-preserve-unknown-fields": True})] | None
    ) = None
    """Accepted for the platform; not used yet."""
    disabled: Annotated[list[Name], Field(max_length=100)] | None = None
    """Accepted for the platform; not used yet."""


class Requester(Part):
    login: Name
    """Name of the person who asked."""
    id: Annotated[int, Field(ge=0)] | None = None
    """The person's numeric identifier at the service."""


class Origin(Part):
    service: Literal["github", "slack", "local"]
    """Where the session was asked for, and where the answer goes."""
    repository: Line | None = None
    """`owner/name` of the repository it was asked in."""
    issue: Annotated[int, Field(ge=1)] | None = None
    """Number of the issue or pull request."""
    thread: Name | None = None
    """Identifier of the thread, where the service has threads."""
    message: Name | None = None
    """Identifier of the message that asked."""
    requester: Requester | None = None
    """Who asked."""


class Budget(Part):
    context_tokens: Annotated[int, Field(ge=1000, le=2_000_000)] | None = None
    """Tokens the first prompt may hold."""
    total_tokens: Annotated[int, Field(ge=1000, le=1_000_000_000)] | None = None
    """Tokens of all kinds that the session may use."""
    cost_usd: Annotated[float, Field(ge=0, le=10_000)] | None = Field(None, alias="costUSD")
    """US dollars that the session may cost."""
    turns: Annotated[int, Field(ge=1, le=1000)] | None = None
    """Turns that the agent may take."""


GPU_MEMORY = r"^[0-9]{1,6}(\.[0-9]{1,3})?(Gi|Mi|GB|G|M)?$"


class Gpu(Part):
    count: Annotated[int, Field(ge=1, le=16)] = 1
    """How many devices."""
    min_memory: Annotated[str, Field(max_length=16, pattern=GPU_MEMORY)] | None = None
    """Least memory of a device: a size class such as `80GB`, or an exact quantity such as `79Gi`."""
    vendor: Literal["nvidia", "amd"] = "nvidia"
    """Maker of the device."""
    products: Annotated[list[LabelValue], Field(max_length=16)] | None = None
    """Accepted products, as GPU Feature Discovery names them."""
    mig: Annotated[str, Field(max_length=32)] | None = None
    """MIG profile; not placed yet."""
    shared: bool = False
    """Whether a time-sliced device will do."""


class LocalModel(Part):
    server: Literal["vllm", "ollama", "llama.cpp", "sglang"]
    """Server that is to run beside the runner; not placed yet."""
    name: Line
    """Name of the model's weights."""


class ModelChoice(Part):
    local: LocalModel | None = None
    """A model served beside the runner."""


MIXED_SHAPES = (
    "a session is written in one of the two shapes: {prompt, repos[].input, repos[].output, mainRepoIndex} (2025) "
    "or {initialPrompt, repos[].url, repos[].branch, repos[].autoPush} (2026), not in both"
)
NO_ADDRESS = "each repository has an address: repos[].url, or repos[].input.url"
_OLD = "(has(self.prompt) || has(self.mainRepoIndex) || (has(self.repos) && self.repos.exists(r, has(r.input) || has(r.output))))"  # noqa: E501
_NEW = "(has(self.initialPrompt) || (has(self.repos) && self.repos.exists(r, has(r.url) || has(r.branch) || has(r.autoPush))))"  # noqa: E501


def _once(field: str) -> str:
    """The CEL transition rule: what was written (or left out) at the start stays so."""
    same = f"(!has(self.{field}) || self.{field} == oldSelf.{field})"
    return f"has(self.{field}) == has(oldSelf.{field}) && {same}"


class AgenticSessionSpec(Part):
    model_config = {
        "json_schema_extra": {
            "x-kubernetes-validations": [
                {"rule": f"!({_OLD} && {_NEW})", "message": MIXED_SHAPES},
                {
                    "rule": "!has(self.repos) || self.repos.all(r, has(r.url) || has(r.input))",
                    "message": NO_ADDRESS,
                },
                {"rule": _once("origin"), "message": "origin is written once"},
                {"rule": _once("task"), "message": "task is written once"},
                {"rule": _once("repos"), "message": "repos are written once; make a new session"},
                {"rule": _once("mainRepoIndex"), "message": "mainRepoIndex is written once; make a new session"},
            ]
        }
    }

    display_name: Line | None = None
    """A line for people to tell the session by."""
    prompt: Text | None = None
    """What is to be done (2025 shape)."""
    initial_prompt: Text | None = None
    """What is to be done (2026 shape)."""
    repos: Annotated[list[RepositoryEntry], Field(max_length=16)] | None = None
    """Repositories to work on; the first, or the one at mainRepoIndex, is the main one."""
    main_repo_index: Annotated[int, Field(ge=0, le=15)] | None = None
    """Which repository is the main one (2025 shape)."""
    interactive: bool | None = None
    """Accepted for the older platforms; a reply in the thread goes on with the session."""
    auto_push_on_complete: bool | None = None
    """Whether the work of a session without a per-repository choice is pushed at its end."""
    timeout: Annotated[int, Field(ge=1, le=86_400)] | None = None
    """Seconds that the runner may take."""
    inactivity_timeout: Annotated[int, Field(ge=0, le=604_800)] | None = None
    """Accepted for the platform; a session here ends with its work."""
    stop_on_run_finished: bool | None = None
    """Accepted for the platform; a session here ends with its work."""
    llm_settings: LlmSettings | None = None
    """The model."""
    user_context: UserContext | None = None
    """Who made the session, as the older platforms write it."""
    active_workflow: ActiveWorkflow | None = None
    """Accepted for the older platforms; not used yet."""
    resource_overrides: ResourceOverrides | None = None
    """Size of the runner."""
    environment_variables: Annotated[dict[str, Line], Field(json_schema_extra={"maxProperties": 100})] | None = None
    """Variables for the agent's environment; names that steer the runner are refused."""
    mcp_servers: McpServers | None = None
    """Accepted for the platform; not used yet."""

    origin: Origin | None = None
    """Where it was asked for. It counts only if the bot's own store has that intent."""
    task: Task | None = None
    """What is asked for; `run` where absent."""
    budget: Budget | None = None
    """What the session may use; the installation's limits hold beside it."""
    gpu: Gpu | None = None
    """GPUs for the Job."""
    model: ModelChoice | None = None
    """Where the model runs."""
    queue: Annotated[str, Field(max_length=63, pattern=r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")] | None = None
    """Kueue LocalQueue that admits the Job."""
    context_repos: Annotated[list[RepositoryRef], Field(max_length=16)] | None = None
    """Repositories to read beside the main ones; nothing is pushed there."""
    personas: Annotated[list[Name], Field(max_length=8)] | None = None
    """Personas of the namespace's ProjectSettings that the session works as."""
    parent: Name | None = None
    """Name of the session that this one goes on from."""
    push_branch: Annotated[str, Field(max_length=255, pattern=r"^vteam/[A-Za-z0-9._/-]+$")] | None = None
    """Branch that the main repository's work is pushed to, below `vteam/`; named after the issue where absent."""
    draft: bool | None = None
    """Whether a pull request is opened as a draft."""
