"""Where finished work lands: on the branch it was meant for, or beside it. Pure; called by bot/publish.py.

Nothing is ever forced: a branch that holds what the work does not build on stays as it is.
"""

from dataclasses import dataclass

from handlers.starting import PullFacts


@dataclass(frozen=True)
class BranchFacts:
    """The branch that the work was meant for, as it is now."""

    stands_at: str | None
    """Its commit; None where there is no such branch."""
    builds_on: bool = False
    """Whether the work's head builds on that commit."""
    pull: PullFacts | None = None
    """The open pull request of that branch."""


@dataclass(frozen=True)
class Landing:
    aside: bool = False
    """Whether the work goes to a branch of its own."""
    push: bool = True
    """Whether there is anything to push: a push whose answer was lost has happened."""
    adds_to: PullFacts | None = None
    """The open pull request that the work is added to."""
    opens: bool = True
    """Whether a pull request is opened for it, if the session has done its work."""
    moved: bool = False
    """Whether somebody else's work is the reason for going aside."""


def land(head: str, follows: int | None, facts: BranchFacts, *, final: bool) -> Landing:
    """Where work with this head goes. `follows`: the number of our pull request that it was meant to be added to."""
    pull = facts.pull
    if follows is not None and not final:
        return Landing(aside=True, opens=False)  # what is half done is kept, but in nobody's pull request
    if facts.stands_at is None:
        return Landing()
    if facts.stands_at == head:
        return Landing(push=False, adds_to=pull, opens=pull is None)
    if follows is not None and pull is not None and pull.number == follows:
        if facts.builds_on:
            return Landing(adds_to=pull, opens=False)
        return Landing(aside=True, opens=False, moved=True)
    # One pull request an issue: beside one that is open, work of another session waits on its branch.
    return Landing(aside=True, opens=pull is None, moved=pull is not None)
