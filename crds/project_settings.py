"""ProjectSettings: what the owner of a namespace decides for its sessions. A singleton named `projectsettings`.

Turned into the CRD by `manifest.py`; the first fields are those of the existing platforms.
"""

from typing import Annotated, Literal

from pydantic import Field

from crds.agentic_session import Budget, RepositoryRef, Task
from crds.schema import Branch, Line, Name, Part, Text, Url

SINGLETON = "projectsettings"


class GroupAccess(Part):
    group_name: Name
    """Group that is given access."""
    role: Literal["admin", "edit", "view"]
    """What it may do."""


class ProjectRepository(Part):
    url: Url
    """Address of the repository."""
    branch: Branch | None = None
    """Branch, where it is not the default one."""
    provider: Literal["github", "gitlab"] | None = None
    """Where it lives."""


class SlackChannel(Part):
    channel: Annotated[str, Field(max_length=21, pattern=r"^[CG][A-Z0-9]{2,20}$")]
    """Slack's own name of the channel, such as `C0123ABCD`: the last part of its link."""
    repository: Annotated[str, Field(max_length=200, pattern=r"^[A-Za-z0-9-]{1,39}/[A-Za-z0-9._-]{1,100}$")]
    """Repository that is meant there, as `owner/name`."""


LONGEST_PERSONA = 16_384
"""Characters of a persona's instructions."""


class Persona(Part):
    name: Annotated[str, Field(max_length=63, pattern=r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")]
    """What `--persona` calls it: small letters, digits and dashes."""
    instructions: Annotated[str, Field(min_length=1, max_length=LONGEST_PERSONA)]
    """What a session that works as it is told, beside the project's instructions."""
    description: Annotated[str, Field(max_length=200)] | None = None
    """A line by which people choose."""


class ProjectSettingsSpec(Part):
    group_access: Annotated[list[GroupAccess], Field(max_length=100)] | None = None
    """Accepted for the older platforms, which make RoleBindings of it."""
    runner_secrets_name: Name | None = None
    """Accepted for the older platforms; no secret reaches the runner here."""
    repositories: Annotated[list[ProjectRepository], Field(max_length=100)] | None = None
    """Repositories of the project."""
    inactivity_timeout_seconds: Annotated[int, Field(ge=0)] | None = None
    """Accepted for the platform; a session here ends with its work."""
    model: Annotated[str, Field(max_length=128)] | None = None
    """Model of sessions that name none."""
    budget: Budget | None = None
    """Budget of sessions that name none."""
    labels: Annotated[dict[str, Task], Field(json_schema_extra={"maxProperties": 50})] | None = None
    """What labels on issues and pull requests ask for, such as `bug-bot: fix`; the bot's own names where absent."""
    bot_ids: Annotated[list[Annotated[int, Field(ge=1)]], Field(max_length=50)] | None = None
    """GitHub's numbers of the bots that may give commands in this namespace's repositories; nobody's login counts."""
    instructions: Text | None = None
    """What every session of the project is told, above the repository's own instructions."""
    personas: (
        Annotated[
            list[Persona],
            Field(
                max_length=50,
                json_schema_extra={"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"]},
            ),
        ]
        | None
    ) = None
    """Whom a session may be asked to work as (`--persona NAME`, `spec.personas` of a session)."""
    context_repos: Annotated[list[RepositoryRef], Field(max_length=16)] | None = None
    """Repositories that every session reads beside its own, as far as whoever asks may read them and they are no less
    public than the thread; nothing is pushed there."""
    slack_channels: (
        Annotated[
            list[SlackChannel],
            Field(
                max_length=200,
                json_schema_extra={"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["channel"]},
            ),
        ]
        | None
    ) = None
    """Which of the namespace's repositories are meant in Slack channels where nobody names one."""
    specs: bool | None = None
    """Whether pushed specifications (`specs/*/spec.md`) are checked and planned; yes where absent."""
    spec_branches: Annotated[list[Branch], Field(max_length=100)] | None = None
    """Patterns of the branches whose specifications count, such as `feature/*`; all where absent."""


class ProjectSettingsStatus(Part):
    group_bindings_created: Annotated[int, Field(ge=0)] | None = None
    """Written by the older platforms only."""
    message: Line | None = None
    """A sentence for people."""
