"""Settings: read once from the environment at start, listed by `vteam settings`, and passed on as one frozen value.

Nothing else in the bot reads the environment. Secrets are SecretStr, so that no log line or repr shows them.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from crds.gpu_cards import several
from crds.redaction import redact
from handlers.grammar.words import Dialect
from handlers.policy import NamespaceRule

PREFIX = "VTEAM_"
HANDLE = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,37}[A-Za-z0-9])?")
COMMAND = re.compile(r"[/!][A-Za-z0-9][A-Za-z0-9_-]{0,30}")
LABEL = re.compile(r"^[A-Za-z0-9./_-]+=[A-Za-z0-9._-]*$")
REPOSITORY = re.compile(r"^[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9._-]+$")


class SettingMissing(Exception):
    """A setting is absent or wrong; the message is one line that names it and says what to do."""


class Settings(BaseSettings):
    """All settings. The environment's name of each is VTEAM_ and its name in capitals, unless it has an alias."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, extra="ignore", use_attribute_docstrings=True, populate_by_name=True
    )

    data_dir: Path = Path("data")
    """Folder for the store, the embedded control plane and git caches."""
    database_url: SecretStr | None = None
    """Address of the store: sqlite:///file or postgresql://… (needed where web and reconcile run apart)."""
    host: str = "127.0.0.1"
    """Address to listen on."""
    port: Annotated[int, Field(ge=0, le=65535)] = 8080
    """Port to listen on; 0 takes a free one."""
    bot_url: str = ""
    """Address of the bot as the runner's pods reach it; the listening address where empty."""
    public_url: str = ""
    """Address of the bot as GitHub and Slack reach it; only the manifests need it."""

    handle: str = "vteam"
    """Name by which people mention the bot: `@vteam fix this`."""
    prefix: str = "/vteam"
    """What begins a command at the start of a line."""

    github_api_url: str = "https://api.github.com"
    """GitHub's REST API."""
    github_url: str = "https://github.com"
    """GitHub itself, for git and links."""
    github_app_id: int | None = None
    """Number of the GitHub App."""
    github_private_key: SecretStr | None = None
    """Private key of the App, as PEM text."""
    github_private_key_file: Path | None = None
    """File with the private key of the App, in place of the text."""
    github_webhook_secret: SecretStr | None = None
    """Secret that GitHub signs its webhooks with."""

    slack_bot_token: SecretStr | None = None
    """Token of the Slack app's bot (xoxb-…); without it there is no Slack."""
    slack_signing_secret: SecretStr | None = None
    """Secret that Slack signs its requests with, where it reaches the bot over HTTP."""
    slack_app_token: SecretStr | None = None
    """App-level token (xapp-…, connections:write) for Socket Mode, where Slack cannot reach the bot."""
    slack_api_url: str = "https://slack.com/api/"
    """Slack's Web API."""
    github_client_id: str = ""
    """Client id of the App (Iv…); with it `/vteam link` in Slack joins accounts by GitHub's device flow."""
    slack_channels: Annotated[tuple[tuple[str, str], ...], NoDecode] = ()
    """Repositories that Slack channels mean: `C0123=acme/shop,C0456=acme/cart`."""
    slack_repository: str = ""
    """Repository that is meant in Slack where nobody says one in time."""
    slack_question_seconds: Annotated[float, Field(gt=0, le=86_400)] = 600.0
    """Seconds that the question which repository is meant waits for its answer."""

    anthropic_api_key: SecretStr | None = Field(
        None, validation_alias=AliasChoices("ANTHROPIC_API_KEY", "anthropic_api_key")
    )
    """Key of the model's API; stays in the gateway."""
    model_url: str = "https://api.anthropic.com"
    """Any server that speaks /v1/messages: Claude, vLLM, Ollama, llama.cpp, SGLang."""
    model: str = "claude-sonnet-5-5"
    """Model of sessions that name none; `auto` chooses by task, size and budget."""
    model_gpu: str = ""
    """GPUs of a self-hosted model's server, such as 80GB or 2xL40S: bounds the context before the server can say."""
    small_model: str = "claude-haiku-4-5"
    """Model for the agent's side jobs."""
    scripted: bool = False
    """Whether the model is a script; set by the demo, so that every answer says so."""

    namespaces: Annotated[tuple[NamespaceRule, ...], NoDecode] = (NamespaceRule("*/*", "vteam"),)
    """Which namespace serves which repositories: `acme/*=team-acme,*/*=vteam`; the first match counts."""
    bot_ids: Annotated[tuple[int, ...], NoDecode] = ()
    """GitHub's numbers of the bots that may give commands, separated by commas; all others are not answered."""
    namespace_label: str = "vteam.ambient-code/bot=true"
    """Label of the namespaces that this bot may act in."""
    kubeconfig: Path | None = Field(None, validation_alias=AliasChoices("VTEAM_KUBECONFIG", "KUBECONFIG", "kubeconfig"))
    """Kubeconfig of the cluster; in a pod, its own ServiceAccount where absent."""
    audience: str = "vteam-bot"
    """Audience of the token by which a runner proves itself."""

    session_usd: Annotated[float, Field(gt=0)] = 5.0
    """Dollars that a session may cost that names none."""
    session_usd_most: Annotated[float, Field(gt=0)] = 20.0
    """Dollars that a person may ask for, or raise a session's budget to."""
    session_tokens: Annotated[int, Field(gt=0)] = 20_000_000
    """Tokens of all kinds that a session may use."""
    session_turns: Annotated[int, Field(gt=0)] = 100
    """Turns that an agent may take."""
    session_seconds: Annotated[int, Field(gt=0)] = 1800
    """Seconds that a runner may take."""
    context_tokens: Annotated[int, Field(ge=1000)] = 32_000
    """Tokens of the first prompt."""
    bundle_bytes: Annotated[int, Field(gt=0)] = 50_000_000
    """Bytes that the work of one repository may have."""

    runner_image: str = "vteam-bot:latest"
    """Image of the runner's pods."""
    runner_pull_secrets: Annotated[tuple[str, ...], NoDecode] = ()
    """Secrets of the served namespaces that open the registry of the runner's image, separated by commas."""
    runner_cpu: str = "1"
    """CPU of a runner."""
    runner_memory: str = "4Gi"
    """Memory of a runner."""
    runner_workspace: str = "10Gi"
    """Disk of a runner."""

    progress_seconds: Annotated[float, Field(ge=0.5)] = 10.0
    """Seconds between two edits of the progress comment."""
    sweep_seconds: Annotated[int, Field(ge=10)] = 300
    """Seconds between two looks for webhooks that GitHub could not deliver."""
    retention_days: Annotated[int, Field(ge=1)] = 30
    """Days that transcripts, bundles and finished deliveries are kept."""
    memory_days: Annotated[int, Field(ge=0)] = 180
    """Days after which a note of earlier sessions goes that none has used; 0 keeps no notes and gives none."""
    summaries: bool = True
    """Whether texts too long for the prompt are summarised by the small model, at the session's cost, if that pays."""
    context_rerank: bool = False
    """Whether the small model may put the likeliest files into order, once a session, where the budget pays for it."""
    unconfined: bool = False
    """Whether `vteam up` may run agents where the kernel has no Landlock to confine them."""
    connect_ports: Annotated[tuple[int, ...], NoDecode] = (443,)
    """TCP ports that agents of `vteam up` may connect to, beside the bot's own."""
    local_repositories: Annotated[tuple[Path, ...], NoDecode] = ()
    """Folders that sessions may read and write as file:// repositories; set by `vteam run`."""
    log_format: Literal["json", "console"] = "json"
    """How log lines look."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """Least level of the log."""

    @field_validator("namespaces", mode="before")
    @classmethod
    def _map(cls, value: object) -> object:
        return tuple(_rule(part) for part in _parts(value)) if isinstance(value, str) else value

    @field_validator("bot_ids", "connect_ports", "local_repositories", "runner_pull_secrets", mode="before")
    @classmethod
    def _listed(cls, value: object) -> object:
        return tuple(_parts(value)) if isinstance(value, str) else value

    @field_validator("handle")
    @classmethod
    def _handle(cls, value: str) -> str:
        if not HANDLE.fullmatch(value):
            raise ValueError("write the name without its @: letters, digits and dashes, at most 39")
        return value

    @field_validator("prefix")
    @classmethod
    def _prefix(cls, value: str) -> str:
        if not COMMAND.fullmatch(value):
            raise ValueError("write it as /name: a slash, then letters, digits, dashes, at most 32 in all")
        return value

    @field_validator("slack_channels", mode="before")
    @classmethod
    def _channels(cls, value: object) -> object:
        return tuple(_channel(part) for part in _parts(value)) if isinstance(value, str) else value

    @field_validator("slack_repository")
    @classmethod
    def _repository(cls, value: str) -> str:
        if value and not REPOSITORY.match(value):
            raise ValueError("write it as owner/name")
        return value

    @field_validator("model_gpu")
    @classmethod
    def _gpu(cls, value: str) -> str:
        if value:
            several(value)
        return value

    @field_validator("namespace_label")
    @classmethod
    def _label(cls, value: str) -> str:
        if not LABEL.match(value):
            raise ValueError("write it as key=value")
        return value

    @classmethod
    def read(cls, **given: Any) -> Self:
        """The settings of this process; raises SettingMissing in one line where one is wrong."""
        try:
            return cls(**given)
        except ValidationError as error:
            problem = error.errors()[0]
            name = environment_name(str(problem["loc"][0])) if problem["loc"] else "a setting"
            raise SettingMissing(f"{name}: {problem['msg'].removeprefix('Value error, ')}") from None

    @property
    def dialect(self) -> Dialect:
        """By which names the bot is called; its identifier in Slack is learnt from Slack."""
        return Dialect(self.handle, self.prefix, github_url=self.github_url)

    @property
    def store_url(self) -> str:
        """Address of the store."""
        if self.database_url is not None:
            return self.database_url.get_secret_value()
        return f"sqlite:///{self.data_dir.absolute() / 'vteam.db'}"

    def private_key(self) -> str:
        """The App's private key as PEM text; raises SettingMissing."""
        if self.github_private_key is not None:
            return _pem(self.github_private_key.get_secret_value(), "VTEAM_GITHUB_PRIVATE_KEY")
        if self.github_private_key_file is None:
            raise SettingMissing("VTEAM_GITHUB_PRIVATE_KEY or VTEAM_GITHUB_PRIVATE_KEY_FILE: the App's private key")
        try:
            text = self.github_private_key_file.read_text("utf-8", "replace")
        except OSError as error:
            raise SettingMissing(f"VTEAM_GITHUB_PRIVATE_KEY_FILE: {error}") from None
        return _pem(text, "VTEAM_GITHUB_PRIVATE_KEY_FILE")

    def need(self, *names: str) -> None:
        """Raises SettingMissing, in one line, for the first of these that this command cannot do without."""
        for name in names:
            if getattr(self, name) is None:
                meaning = type(self).model_fields[name].description
                raise SettingMissing(f"{environment_name(name)} is not set: {meaning}")


def _pem(text: str, name: str) -> str:
    # Some ways to set a variable keep no line ends, and people write them as \\n.
    key = text.replace("\\n", "\n").strip() + "\n"
    if not re.search(r"-----BEGIN [A-Z ]*PRIVATE KEY-----\n.+\n-----END [A-Z ]*PRIVATE KEY-----\n", key, re.DOTALL):
        raise SettingMissing(f"{name}: this is no private key in PEM (-----BEGIN RSA PRIVATE KEY----- …)")
    return key


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _channel(part: str) -> tuple[str, str]:
    channel, _, repository = part.partition("=")
    if not re.match(r"^[CG][A-Z0-9]{2,20}$", channel) or not REPOSITORY.match(repository):
        raise ValueError(f"{part!r} is no C0123=owner/name")
    return channel, repository


def _rule(part: str) -> NamespaceRule:
    pattern, found, namespace = part.partition("=")
    if not found or "/" not in pattern or not re.match(r"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$", namespace):
        raise ValueError(f"{part!r} is no owner/name=namespace")
    return NamespaceRule(pattern, namespace)


def environment_name(field: str) -> str:
    """The environment's name of a setting."""
    info = Settings.model_fields.get(field)
    alias = info.validation_alias if info else None
    if isinstance(alias, AliasChoices):
        return str(alias.choices[0])
    return field if field.isupper() else PREFIX + field.upper()


@dataclass(frozen=True)
class SettingLine:
    """One setting as `vteam settings` lists it."""

    name: str
    meaning: str
    default: str
    value: str


def listed(settings: Settings) -> Iterator[SettingLine]:
    """All settings with their values, secrets masked."""
    for name, info in type(settings).model_fields.items():
        value = getattr(settings, name)
        yield SettingLine(environment_name(name), info.description or "", _shown(info.default), _shown(value))


def _shown(value: object) -> str:
    if isinstance(value, SecretStr):
        return "********"
    if isinstance(value, tuple):
        return ",".join(
            f"{part.pattern}={part.namespace}" if isinstance(part, NamespaceRule) else _pair(part) for part in value
        )
    return "" if value is None else redact(str(value))


def _pair(part: object) -> str:
    return "=".join(part) if isinstance(part, tuple) else str(part)
