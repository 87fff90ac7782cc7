"""Where a session starts in a repository, and where its work goes: one pull request for each issue. Pure.

Called by bot/starts.py with what GitHub says, when the order is made; the order keeps the answer, so that the end of
the session pushes where its start was meant for. Whether that still holds by then is landing.py's.
"""

from dataclasses import dataclass

from handlers import wording
from handlers.grammar.words import Dialect
from handlers.naming import branch_name


@dataclass(frozen=True)
class PullFacts:
    """A pull request, as GitHub tells of it."""

    number: int
    head: str
    """Branch that it proposes."""
    commit: str
    """Where that branch stands."""
    base: str
    title: str = ""
    open: bool = True
    merged: bool = False
    ours: bool = False
    """Whether our App opened it: by its id, never by a name."""
    about: int = 0
    """Number of the issue or pull request that it was made for, where it is ours."""
    author: int = 0
    """Who opened it, by the forge's number; 0 where it tells none."""
    fork: bool = False
    """Whether its head lies in another repository, or in one that is gone."""
    url: str = ""


@dataclass(frozen=True)
class StartFacts:
    """What decides on the start."""

    number: int
    """Of the issue or pull request that the session is about."""
    title: str
    writes: bool
    default_branch: str
    base: str | None = None
    """Branch to start from, where the session names one."""
    branch: str | None = None
    """Branch to push to, where the session names one."""
    pull: PullFacts | None = None
    """The pull request that the session is about, if it is one and lies in this repository."""
    ours: tuple[PullFacts, ...] = ()
    """Our open pull requests that were made for it, oldest first."""
    requester: int | None = None
    """Who asked for the session, by the forge's number; None where nobody did."""
    released: str | None = None
    """Commit of a fork's pull request that somebody with write access has released."""
    prefix: str = Dialect().prefix
    """What begins a command here."""


@dataclass(frozen=True)
class Start:
    branch: str
    """Branch whose head it starts from; a fork's is only its name."""
    base: str
    """Branch that a new pull request asks to be merged into."""
    target: str
    """Branch that the work goes to."""
    commit: str | None = None
    """The commit, where it is known already."""
    head_of: int | None = None
    """Pull request whose head the commit is."""
    follows: int | None = None
    """Our open pull request that the work is added to."""
    about: int = 0
    fork: bool = False
    """Whether the commit is another repository's."""
    vouched: bool = False
    """Whether somebody answers for that head: it is the requester's own, or was merged."""


@dataclass(frozen=True)
class NotStarted:
    why: str
    """In words, for people."""


def where_to_start(facts: StartFacts) -> Start | NotStarted:
    """The start: the head of our open pull request, of the pull request that was asked on, or of a branch."""
    pull = facts.pull
    if pull is not None and not pull.ours:
        return _on_a_persons(facts, pull)
    if pull is not None and pull.open:
        return _follow(pull)
    if mine := _meant(facts):
        return _follow(mine)
    about = pull.about if pull is not None and pull.about else facts.number
    return _fresh(facts, base=facts.base or (pull.base if pull is not None else facts.default_branch), about=about)


def _meant(facts: StartFacts) -> PullFacts | None:
    """Our open pull request that the work is added to: the newest, unless somebody has named another branch."""
    mine = [pull for pull in facts.ours if facts.branch is None or pull.head == facts.branch]
    return mine[-1] if mine else None


def _follow(pull: PullFacts) -> Start:
    return Start(
        branch=pull.head,
        base=pull.base,
        target=pull.head,
        commit=pull.commit,
        head_of=pull.number,
        follows=pull.number,
        about=pull.about,
    )


def _fresh(facts: StartFacts, *, base: str, about: int) -> Start:
    # A pull request of ours that is closed had a name for its branch already, made from the title.
    known = facts.pull.head if facts.pull is not None and facts.pull.ours else None
    target = facts.branch or known or branch_name(about, facts.title, "", pull_request=facts.pull is not None)
    return Start(branch=base, base=base, target=target, about=about)


def _on_a_persons(facts: StartFacts, pull: PullFacts) -> Start | NotStarted:
    if facts.writes and (mine := _meant(facts)):
        return _follow(mine)
    if facts.writes and not pull.open:
        return _fresh(facts, base=facts.base or pull.base, about=facts.number)
    if facts.writes and pull.fork and pull.commit != facts.released:
        return NotStarted(wording.fork_not_released(pull.number, pull.commit, prefix=facts.prefix))
    target = facts.branch or branch_name(facts.number, facts.title, "", pull_request=True)
    # A branch of this repository can be the base of a stacked pull request; a fork's is left alone.
    base = pull.base if pull.fork else pull.head
    return Start(
        branch=pull.head,
        base=base,
        target=target,
        commit=pull.commit,
        head_of=pull.number,
        about=facts.number,
        fork=pull.fork,
        vouched=pull.merged or (pull.author != 0 and pull.author == facts.requester),
    )
