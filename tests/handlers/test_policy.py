"""Who may do what, what a session may read, and what a bundle may hold."""

import pytest

from crds.agentic_session import Task
from handlers.bundle_policy import BundleFacts, why_refuse
from handlers.events import Actor, Permission, Person
from handlers.grammar.verbs import VERBS
from handlers.naming import branch_name, repository_folder, session_name
from handlers.policy import NamespaceRule, Readable, may, namespace_for, needed, speaks, unseen_repository, why_not_read

PRIVATE = "acme/vault is private, and "
UNSEEN = unseen_repository("acme/vault")
NOT_HERE = PRIVATE + "no repository of this namespace"
PUBLIC_PLACE = PRIVATE + "the answer would go to a public place"
NOT_OURS = "acme/vault is not one of this namespace's repositories"


@pytest.mark.parametrize(
    ("private", "permission", "served", "asked_in_public", "why"),
    [
        # public repositories are anybody's
        (False, Permission.READ, True, True, None),
        (False, Permission.READ, False, True, None),
        (False, Permission.READ, False, False, None),
        # private ones: the namespace, the person, the place
        (True, Permission.READ, True, False, None),
        (True, Permission.ADMIN, True, False, None),
        (True, Permission.NONE, True, False, UNSEEN),
        (True, Permission.READ, True, True, PUBLIC_PLACE),
        (True, Permission.NONE, True, True, UNSEEN),
        (True, Permission.NONE, False, False, UNSEEN),
        (True, Permission.NONE, False, True, UNSEEN),
        (True, Permission.ADMIN, False, False, NOT_HERE),
        # nobody asked in a thread: the namespace's own, and no other
        (False, Permission.READ, True, None, None),
        (True, Permission.NONE, True, None, None),
        (False, Permission.READ, False, None, NOT_OURS),
        (True, Permission.ADMIN, False, None, NOT_OURS),
    ],
)
def test_what_a_session_may_read(
    private: bool, permission: Permission, served: bool, asked_in_public: bool | None, why: str | None
) -> None:
    wanted = Readable("acme/vault", private, permission, served)
    assert why_not_read(wanted, asked_in_public=asked_in_public) == why


@pytest.mark.parametrize("verb", list(VERBS))
@pytest.mark.parametrize("permission", list(Permission))
def test_a_person_needs_what_the_verb_needs(verb: str, permission: Permission) -> None:
    assert may(Actor(Person("ada", 1), permission), verb) == (permission >= needed(verb))


@pytest.mark.parametrize(
    ("kind", "listed", "heard"),
    [
        ("User", False, True),
        ("Bot", False, False),
        ("Bot", True, True),
        ("Organization", True, False),
        ("", True, False),
    ],
)
def test_people_are_heard_and_listed_bots(kind: str, listed: bool, heard: bool) -> None:
    actor = Actor(Person("ada", 1, kind), Permission.ADMIN, listed)
    assert speaks(actor) is heard
    assert may(actor, "help") is heard


def test_what_writes_takes_write_access() -> None:
    assert all(needed(task) >= Permission.WRITE for task in Task if task.writes)
    assert needed("ask") is Permission.TRIAGE


@pytest.mark.parametrize(
    ("repository", "namespace"),
    [("acme/shop", "shop"), ("Acme/SHOP", "shop"), ("acme/other", "acme"), ("bob/shop", None), ("acme", None)],
)
def test_the_first_rule_of_the_map_that_matches_counts(repository: str, namespace: str | None) -> None:
    rules = (NamespaceRule("acme/shop", "shop"), NamespaceRule("ACME/*", "acme"))
    assert namespace_for(repository, rules) == namespace


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        (BundleFacts(1, ("src/a.py", ".github/dependabot.yml", "docs/.github/workflows/x.yml")), None),
        (BundleFacts(0, ()), "the bundle holds no commit"),
        (BundleFacts(201, ("a",)), "201 commits; at most 200"),
        (BundleFacts(1, tuple(str(n) for n in range(3001))), "3001 files; at most 3000"),
        (BundleFacts(1, ("a", ".github/workflows/ci.yml")), ".github/workflows/ci.yml"),
        (BundleFacts(1, (".GitHub/Workflows/ci.yml",)), "what runs in CI"),
        (BundleFacts(1, (".github/workflows",)), "what runs in CI"),
        (BundleFacts(1, (".github",)), "what runs in CI"),
        (BundleFacts(1, (".github/workflows/\udcff.yml",)), "what runs in CI"),
        (BundleFacts(1, ("lib",), ("lib",)), "makes lib a submodule"),
    ],
)
def test_what_a_bundle_may_hold(facts: BundleFacts, why: str | None) -> None:
    refused = why_refuse(facts)
    assert (why or "") in (refused or "")
    assert (refused is None) == (why is None)
    assert (refused or "-").encode()  # bytes that are no text reach no reply


@pytest.mark.parametrize(
    ("url", "folder"),
    [
        ("https://github.com/acme/shop.git", "acme__shop"),
        ("https://github.com/acme/shop/", "acme__shop"),
        ("git@github.com:acme/shop.git", "acme__shop"),
        ("file:///srv/repos/shop", "repos__shop"),
        ("https://github.com/acme/.github", "acme__.github"),
        ("https://x/a b/ü%2e", "a-b__--2e"),
        ("..", "repository"),
        ("../..", "__.."),
        ("-x", "x"),
        ("", "repository"),
        ("https://x/" + "y" * 500, "y" * 200),
    ],
)
def test_a_repository_has_a_folder_that_stays_in_the_workspace(url: str, folder: str) -> None:
    assert repository_folder(url) == folder


@pytest.mark.parametrize(
    ("number", "title", "branch"),
    [
        (12, "Login fails", "vteam/issue-12-login-fails"),
        (12, "  `rm -rf /`; $(x) | ../..\n--force ", "vteam/issue-12-rm-rf-x-force"),
        (12, "登录失败", "vteam/issue-12"),
        (12, "x" * 90, "vteam/issue-12-" + "x" * 40),
        (12, "a" * 39 + "-b", "vteam/issue-12-" + "a" * 39),
        (None, "whatever", "vteam/fix-12-abc"),
    ],
)
def test_a_branch_is_named_plainly_whatever_the_title_says(number: int | None, title: str, branch: str) -> None:
    assert branch_name(number, title, "fix-12-abc") == branch


def test_a_sessions_name_is_a_label_and_follows_from_its_intent() -> None:
    name = session_name("review", 2**31, "github:1#2:comment:3:0")
    assert name == session_name("review", 2**31, "github:1#2:comment:3:0")
    assert len(name) <= 40
    assert name.replace("-", "").isalnum()
    assert name == name.lower()
