"""Who may do what, and what a session may read: pure rules over facts that were read before. Called by the handlers.

Nothing here guesses from a name: the permission is the API's answer for the acting person, the kind is the payload's.
"""

from dataclasses import dataclass
from fnmatch import fnmatchcase

from handlers.events import Actor, Permission
from handlers.grammar.verbs import VERBS, Who

NEEDED = {
    Who.ANYBODY: Permission.NONE,
    Who.READER: Permission.READ,
    Who.TRIAGE: Permission.TRIAGE,
    Who.WRITE: Permission.WRITE,
}
"""What the table of verbs means by its words."""


def needed(verb: str) -> Permission:
    """The permission that a verb takes in the repository that it is about."""
    return NEEDED[VERBS[verb].who]


def may(actor: Actor, verb: str) -> bool:
    """Whether this person may use the verb here."""
    return speaks(actor) and actor.permission >= needed(verb)


def speaks(actor: Actor) -> bool:
    """Whether somebody is answered at all: people, and bots listed by their id. Two bots would talk for ever."""
    return actor.person.kind == "User" or (actor.person.kind == "Bot" and actor.listed)


@dataclass(frozen=True)
class NamespaceRule:
    """One entry of the administrator's map: repositories by pattern, and the namespace that serves them."""

    pattern: str
    namespace: str


def namespace_for(repository: str, rules: tuple[NamespaceRule, ...]) -> str | None:
    """The namespace of the first rule that matches `owner/name`, or None. Case does not count, as on GitHub."""
    for rule in rules:
        if fnmatchcase(repository.lower(), rule.pattern.lower()):
            return rule.namespace
    return None


@dataclass(frozen=True)
class Readable:
    """What is known of a repository that a session wants to read."""

    repository: str
    private: bool
    requester_permission: Permission
    served_here: bool
    """Whether the administrator's map gives it to the session's namespace."""


def why_not_read(wanted: Readable, *, asked_in_public: bool | None) -> str | None:
    """Why the session may not read the repository, or None where it may.

    `asked_in_public`: whether the answer goes to a public place; None for a session that nobody asked for in a thread
    (kubectl, GitOps), which has its namespace's repositories and no other.
    """
    if asked_in_public is None:
        return None if wanted.served_here else f"{wanted.repository} is not one of this namespace's repositories"
    if not wanted.private:
        return None
    if wanted.requester_permission < Permission.READ:  # first: all else would tell them that it is there
        return unseen_repository(wanted.repository)
    if not wanted.served_here:
        return f"{wanted.repository} is private, and no repository of this namespace"
    if asked_in_public:
        return f"{wanted.repository} is private, and the answer would go to a public place"
    return None


def unseen_repository(name: str) -> str:
    """Why a session may not read what is not there, or what its asker must not know to be there: the same words."""
    return (
        f"either {name} is not there, or whoever asked may not read it, or the App is not installed there, or it is "
        "suspended; whoever owns the repository can help"
    )
