"""The work order: all that a runner is told about its session. Made by the bot once, read by the runner at its start.

It holds no secret: tokens are fetched when they are needed.
"""

from hashlib import sha256
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field

from crds.agentic_session import Task
from crds.forecast import Forecast
from crds.images import MOST_LISTED, OrderedImage
from crds.receipt import Trust
from crds.schema import Message

INSTRUCTION_FILES = ("AGENTS.md", "CLAUDE.md", ".github/copilot-instructions.md")
"""Files in which a repository says how to work in it."""

Sha = Annotated[str, Field(pattern=r"^[0-9a-f]{40,64}$")]


class Destination(Message):
    """Where a repository's work goes: decided with the start, for the one follows from the other."""

    branch: str
    """Branch that the work is pushed to."""
    base: str
    """Branch that the pull request asks to be merged into."""
    pull_request: int | None = None
    """The bot's own open pull request that the work is added to; None where one is opened."""
    about: int = 0
    """Number of the issue or pull request that the bot's pull request is made for."""


class OrderedRepository(Message):
    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]+(__[A-Za-z0-9._-]+)?$", max_length=201)]
    """Folder in the workspace and name of its bundle: `owner__name`."""
    url: str
    """Where to clone from."""
    commit: Sha
    """Commit to start from, pinned by the bot."""
    branch: str
    """Branch that the commit was the head of."""
    writable: bool
    """Whether a bundle of it is taken back."""
    pull_request: int | None = None
    """Pull request whose head the commit was."""
    destination: Destination | None = None
    """Where the work goes; None where nobody asked for it in a thread."""
    id: int = 0
    """The forge's own number of it; 0 where there is no forge."""
    private: bool = True
    """Whether not everybody can read it."""
    fork: bool = False
    """Whether the commit is a stranger's: the head of a fork's pull request."""
    vouched: bool = False
    """Whether somebody answers for the head of that pull request: it is the requester's own, or was merged."""

    def is_of(self, main: "OrderedRepository") -> bool:
        """Whether it has the owner of this other one. A folder on the bot's own disk is its administrator's."""
        return self.url.startswith("file://") or _owner(self.url) == _owner(main.url)

    def trust_beside(self, main: "OrderedRepository") -> Trust:
        """Who answers for its code, in a session whose main repository is this one.

        What somebody proposes, and nobody has merged, is anybody's, and so is what belongs to another owner: such code
        is shown as data, and its style and rules bind nobody.
        """
        proposed = self.fork or (self.pull_request is not None and not self.vouched)
        return Trust.OUTSIDE if proposed or not self.is_of(main) else Trust.REPOSITORY


def _owner(url: str) -> tuple[str, str]:
    parts = urlsplit(url.lower())
    return parts.netloc.rpartition("@")[2], parts.path.strip("/").rpartition("/")[0]


Standing = Literal["", "maintainer", "contributor", "bystander", "bot"]
STANDINGS: dict[str, Standing] = {
    "OWNER": "maintainer",
    "MEMBER": "maintainer",
    "COLLABORATOR": "maintainer",
    "CONTRIBUTOR": "contributor",
}
"""What GitHub's `author_association` comes to; all others are bystanders."""


class Talk(Message):
    """One piece of what people said."""

    source: str
    """Its address: the URL of the issue or comment, or `prompt`."""
    kind: str
    """issue, comment, review, diff, changes, spec, request …"""
    author: str
    trust: Trust
    at: str
    """When it was written, ISO 8601."""
    text: str
    trigger: bool = False
    """Whether this piece asked for the session."""
    standing: Standing = ""
    """What its author is to the repository, as the forge says; empty where nobody says."""
    thread: str = ""
    """Address of the issue or pull request that it stands in, where that is another than the session's own."""
    relation: Annotated[str, Field(max_length=64)] = ""
    """How that other thread comes in: `linked`, `fixes`, `fixed by`, `mentioned`."""
    settled: bool = False
    """Whether its review thread is resolved or speaks of a line that is no more."""
    path: Annotated[str, Field(max_length=1024)] = ""
    """The file whose change it is, where it is one."""
    named: bool = False
    """Whether somebody has linked to this very message, and not only to its thread."""


class LeftOut(Message):
    """A piece of what people said that the session is not given: the receipt says so."""

    source: str
    kind: str
    author: str
    at: str
    reason: str
    """Why, in words."""


class Limits(Message):
    context_tokens: int
    """Tokens that the first prompt may hold."""
    total_tokens: int | None
    """Tokens of all kinds that the session may use."""
    cost_usd: float | None
    """Dollars that the session may cost; None where the model has no price."""
    turns: int
    """Turns that the agent may take."""
    seconds: int
    """Seconds that the runner may take."""
    bundle_bytes: int
    """Bytes that one bundle may have."""


class InstructionFile(Message):
    """What a repository tells those who work on it, as its default branch has it."""

    path: str
    text: str


class MemoryNote(Message):
    """What an earlier session of the repository has left behind."""

    id: Annotated[str, Field(max_length=64)]
    kind: Literal["decision", "place", "failed", "tests"]
    text: Annotated[str, Field(max_length=2000)]
    at: str
    """When it was written, ISO 8601."""
    trust: Trust
    """The lowest trust of what the session had read."""
    source: Annotated[str, Field(max_length=1024)] = ""
    """The pull request that was merged, or the session's thread."""

    @property
    def row(self) -> str:
        """What its row of the receipt is called: its source by a name that no other note has, for a session may have
        left several. A page's address still leads there."""
        return f"{self.source}#{self.id}" if self.source else f"memory {self.id}"


class KnownSummary(Message):
    """A summary of a text of the order with this hash: made by an earlier session, or before this one's agent ran.

    It is worth no more than the text that it stands for: the same trust, and data like it.
    """

    digest: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    """`text_digest` of the text as the order has it, before it is sanitised: bot and runner compute it alike."""
    text: Annotated[str, Field(max_length=8000)]
    by: Annotated[str, Field(max_length=128)] = ""
    """The model that made it."""


def text_digest(text: str) -> str:
    """The hash by which a text's summary is kept: SHA-256 of its UTF-8, in hexadecimal."""
    return sha256(text.encode("utf-8", "replace")).hexdigest()


class Continuation(Message):
    """The conversation that this session goes on with."""

    session_id: Annotated[str, Field(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
    """The agent's own name of it; its entries lie under this path of the session's own transcript."""
    entries: Annotated[int, Field(ge=0)] = 0
    """How many of the entries are of earlier sessions."""
    heads: dict[str, Sha] = {}
    """`OrderedRepository.name` → the commit at which the earlier session left it."""


class OrderedPersona(Message):
    """Somebody whom the session works as, in the words of the project's owner."""

    name: str
    instructions: str


class WorkOrder(Message):
    session: str
    """`namespace/name` of the session."""
    task: Task
    request: str
    """What the person asked for, in their words."""
    title: str
    """Title of the issue, or the session's display name."""
    model: str
    """Name of the model for the Messages API."""
    small_model: str
    """Name of the model for the agent's side jobs."""
    priced: bool
    """Whether the model is in the price table, so that the agent's own dollar limit means something."""
    limits: Limits
    repositories: tuple[OrderedRepository, ...]
    """The first is the main one."""
    talk: tuple[Talk, ...]
    left_out: tuple[LeftOut, ...] = ()
    images: Annotated[tuple[OrderedImage, ...], Field(max_length=MOST_LISTED)] = ()
    """Images that the talk names, those that are wanted most first."""
    instructions: str = ""
    """What the project's owner tells every session."""
    personas: tuple[OrderedPersona, ...] = ()
    """Whom the session works as."""
    instruction_files: tuple[InstructionFile, ...] = ()
    """Those of the main repository's default branch; empty for a local folder, which is its owner's own."""
    environment: dict[str, str] = {}
    """Variables for the agent's environment."""
    co_author: str = ""
    """`Name <address>` of the requester, for the commits."""
    memory: tuple[MemoryNote, ...] = ()
    """Notes of earlier sessions of the main repository."""
    summaries: tuple[KnownSummary, ...] = ()
    """Summaries of texts of this order that are known already."""
    summarises: bool = False
    """Whether the runner may have long texts summarised by the small model, where that pays."""
    takes_notes: bool = False
    """Whether notes are taken from this session."""
    shares_code: bool = False
    """Whether what the runner has parsed is taken from this session, once, before its agent runs."""
    continues: Continuation | None = None
    """The earlier conversation of the thread, where this session answers in it."""
    forecast: Forecast | None = None
    """What the run is expected to use."""
    model_reason: Annotated[str, Field(max_length=512)] = ""
    """Why this model, where the bot chose it."""
    window_tokens: Annotated[int, Field(ge=1)] | None = None
    """Tokens that the model's window holds; None where nobody knows."""
    tokens_per_count: Annotated[float, Field(gt=0.2, lt=5)] = 1.0
    """Tokens by the model's own count for one of the bundled tokenizer's: learned from what the API reports."""
    cached_until: Annotated[float, Field(ge=0)] = 0.0
    """Until when, in seconds since the epoch, the model's maker keeps the beginning that an earlier session like this
    one has sent; 0 where none has."""


class RepositoriesToken(Message):
    """Reads the session's repositories of one installation of the App, and nothing else."""

    username: str
    password: str
    expires_at: str
    urls: tuple[str, ...] = ()
    """Addresses of what it reads: git gets it for these and for no other."""


class ReadToken(RepositoriesToken):
    """Answer of `POST token`: what reads the session's repositories, and nothing else. Empty where none needs it."""

    others: tuple[RepositoriesToken, ...] = ()
    """The App may be installed in several places, and a token is of one."""
