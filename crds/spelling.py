"""Two shapes of one session → one. The only place that knows both; called by whoever reads a session's spec.

What comes out, `Work`, is what the rest of the house works on. It never fills in settings: an absent value is None.
"""

from typing import Any

from pydantic import ValidationError

from crds.agentic_session import (
    MIXED_SHAPES,
    NO_ADDRESS,
    AgenticSessionSpec,
    Budget,
    Gpu,
    Origin,
    RepositoryEntry,
    ResourceOverrides,
    Task,
)
from crds.schema import Part


class Repository(Part):
    url: str
    """Where it is read from."""
    branch: str | None = None
    """Where the work starts; the default branch where absent."""
    push: bool = True
    """Whether the bot pushes what the agent made."""
    push_url: str | None = None
    """Where it is pushed to, if not to `url`."""
    push_branch: str | None = None
    """Branch it is pushed to, if the session names one."""


class Work(Part):
    """A session's spec in one shape. `repositories[0]` is the main one."""

    prompt: str = ""
    display_name: str | None = None
    task: Task = Task.RUN
    repositories: tuple[Repository, ...] = ()
    context_repositories: tuple[Repository, ...] = ()
    model: str | None = None
    timeout: int | None = None
    budget: Budget = Budget()
    gpu: Gpu | None = None
    queue: str | None = None
    resources: ResourceOverrides = ResourceOverrides()
    environment: dict[str, str] = {}
    origin: Origin | None = None
    personas: tuple[str, ...] = ()
    """Names of the personas to work as, each once; ProjectSettings names are in small letters."""
    draft: bool | None = None
    """Whether a pull request is opened as a draft; None where nobody said."""
    unsupported: tuple[str, ...] = ()
    """Fields that ask for something this version cannot do: to be refused in words, not ignored."""


class Unreadable(ValueError):
    """A spec that no shape fits; the message is for the person who wrote it."""


def normalise(spec: dict[str, Any]) -> Work:
    """The one shape of a raw spec. Raises Unreadable with the field and the reason in words."""
    try:
        read = AgenticSessionSpec.model_validate(spec)
    except ValidationError as error:
        raise Unreadable("; ".join(_in_words(problem) for problem in error.errors()[:3])) from error
    if _is_mixed(read):
        raise Unreadable(MIXED_SHAPES)
    repositories = [_repository(entry, read) for entry in read.repos or ()]
    return Work(
        prompt=read.initial_prompt or read.prompt or "",
        display_name=read.display_name,
        task=read.task or Task.RUN,
        repositories=_named(_main_first(repositories, read.main_repo_index or 0), read.push_branch),
        context_repositories=tuple(
            Repository(url=ref.url, branch=ref.branch, push=False) for ref in read.context_repos or ()
        ),
        model=read.llm_settings.model if read.llm_settings else None,
        timeout=read.timeout,
        budget=read.budget or Budget(),
        gpu=read.gpu,
        queue=read.queue,
        resources=read.resource_overrides or ResourceOverrides(),
        environment=read.environment_variables or {},
        origin=read.origin,
        personas=tuple(dict.fromkeys(name.lower() for name in read.personas or ())),
        draft=read.draft,
        unsupported=_unsupported(read),
    )


def _is_mixed(spec: AgenticSessionSpec) -> bool:
    """Whether both shapes are used: our CRD refuses it, but another platform's may stand in the cluster."""
    repos = spec.repos or []
    old = spec.prompt is not None or spec.main_repo_index is not None or any(r.input or r.output for r in repos)
    new = spec.initial_prompt is not None or any(
        r.url is not None or r.branch is not None or r.auto_push is not None for r in repos
    )
    return old and new


def _repository(entry: RepositoryEntry, spec: AgenticSessionSpec) -> Repository:
    push = entry.auto_push if entry.auto_push is not None else spec.auto_push_on_complete
    pushed = True if push is None else push
    if entry.input is None:
        if entry.url is None:
            raise Unreadable(NO_ADDRESS)
        return Repository(url=entry.url, branch=entry.branch, push=pushed)
    output = entry.output
    return Repository(
        url=entry.input.url,
        branch=entry.input.branch,
        push=pushed,
        push_url=output.url if output else None,
        push_branch=output.branch if output else None,
    )


def _main_first(repositories: list[Repository], index: int) -> tuple[Repository, ...]:
    if not repositories:
        return ()
    if index >= len(repositories):
        raise Unreadable(f"mainRepoIndex: {index} names no repository; there are {len(repositories)}")
    return (repositories[index], *repositories[:index], *repositories[index + 1 :])


def _named(repositories: tuple[Repository, ...], push_branch: str | None) -> tuple[Repository, ...]:
    """The repositories, the main one pushed to the branch that the session names."""
    if push_branch is None or not repositories or repositories[0].push_branch is not None:
        return repositories
    return (repositories[0].model_copy(update={"push_branch": push_branch}), *repositories[1:])


def _unsupported(spec: AgenticSessionSpec) -> tuple[str, ...]:
    asked = {
        "model.local": spec.model is not None and spec.model.local is not None,
        "gpu.mig": spec.gpu is not None and spec.gpu.mig is not None,
        "gpu.vendor amd": spec.gpu is not None and spec.gpu.vendor == "amd",
        "repos[].output.url other than its input.url": any(_pushes_elsewhere(entry) for entry in spec.repos or ()),
        "activeWorkflow": spec.active_workflow is not None,
        "mcpServers.custom": spec.mcp_servers is not None and bool(spec.mcp_servers.custom),
    }
    return tuple(name for name, wanted in asked.items() if wanted)


def _pushes_elsewhere(entry: RepositoryEntry) -> bool:
    # Reading is checked for what is read only: until the target of a push is checked too, it is the same repository.
    if entry.input is None or entry.output is None:
        return False
    return _plain_address(entry.input.url) != _plain_address(entry.output.url)


def _plain_address(url: str) -> str:
    return url.rstrip("/").removesuffix(".git").lower()


def _in_words(problem: Any) -> str:
    return f"{'.'.join(str(part) for part in problem['loc'])}: {problem['msg']}"
