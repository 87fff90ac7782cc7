"""The App's manifest: it asks for what the bot's own calls to GitHub need, and for nothing more."""

import dataclasses
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from bot import deliveries
from bot.doors.github import WebhookDoor, webhook_route
from bot.github import GitHub, GitHubRefused
from bot.github.checks import written
from bot.github.pulls import Place, PullRequestDraft, opened
from bot.github.repositories import permission
from bot.github.threads import Comments
from bot.metrics import Metrics
from bot.standins.github import AppRegistration, GitHubStandIn, register_app
from bot.store import Store
from handlers.check_run import CheckRun
from handlers.events import Permission, Thread
from handlers.github_manifest import EVENTS, PERMISSIONS, WEBHOOK_PATH, github_manifest, registration_link

SHOP = "acme/shop"
ADDRESS = "https://bot.example.com"


@dataclasses.dataclass
class Shop:
    """A repository with an issue and a branch, and the bot's client, as an App with certain permissions."""

    github: GitHub
    installation: int
    repository: int
    issue: Thread
    commit: str

    async def talk(self) -> None:
        comments = Comments(self.github)
        await comments.post_once(self.issue, "<!-- 1 -->", "hello")
        await comments.react(self.issue, None, "eyes")

    async def push_and_read(self) -> None:
        await self.github.token(self.installation, repositories=[self.repository], permissions={"contents": "write"})

    async def propose(self) -> None:
        place = Place(SHOP, self.repository, self.installation)
        await opened(self.github, place, PullRequestDraft("work", "main", "A change", "because"))

    async def ask_who_may(self) -> None:
        assert await permission(self.github, SHOP, self.installation, "ada") is Permission.WRITE

    async def mark_a_commit(self) -> None:
        run = CheckRun("vTeam", self.commit, "spec-1", "completed", "success", title="Good", summary="It is.")
        await written(self.github, SHOP, self.installation, run)


@pytest.fixture(scope="module")
def registration() -> AppRegistration:
    return register_app("vteam")


@asynccontextmanager
async def shop(folder: Path, registration: AppRegistration, permissions: Mapping[str, str]) -> AsyncIterator[Shop]:
    standin = GitHubStandIn(folder, dataclasses.replace(registration, permissions=permissions, events=EVENTS))
    repository = await standin.create_repository(SHOP, {"README.md": "# shop\n"})
    standin.grant(SHOP, "ada", role="write")
    installation = standin.install("acme")
    commit = await standin.push_commit(SHOP, "work", files={"a.py": "x = 1\n"}, message="Add a", by="ada")
    issue = await standin.open_issue(SHOP, title="Slow", body="It is.", by="ada")
    thread = Thread(SHOP, repository.id, issue.number, installation.id, "Slow", "", False, False)
    async with standin.serve(), GitHub(registration.app_id, registration.private_key_pem, standin.api_url) as client:
        yield Shop(client, installation.id, repository.id, thread, commit)


DEEDS: dict[str, Callable[[Shop], Awaitable[None]]] = {
    "contents": Shop.push_and_read,
    "issues": Shop.talk,
    "pull_requests": Shop.propose,
    "metadata": Shop.ask_who_may,
    "checks": Shop.mark_a_commit,
}


async def test_the_permissions_of_the_manifest_are_enough_for_all_that_the_bot_does(
    tmp_path: Path, registration: AppRegistration
) -> None:
    async with shop(tmp_path, registration, PERMISSIONS) as place:
        for deed in DEEDS.values():
            await deed(place)


@pytest.mark.parametrize("missing", [name for name in PERMISSIONS if name != "metadata"])
async def test_no_permission_of_the_manifest_can_be_left_out(
    tmp_path: Path, registration: AppRegistration, missing: str
) -> None:
    fewer = {name: level for name, level in PERMISSIONS.items() if name != missing}
    async with shop(tmp_path, registration, fewer) as place:
        with pytest.raises(GitHubRefused):
            await DEEDS[missing](place)


async def test_its_webhooks_arrive_at_the_door_that_is_open_for_them(tmp_path: Path) -> None:
    async with Store.open(f"sqlite:///{tmp_path / 'store.db'}") as store:
        route = webhook_route(WebhookDoor(store, Metrics(), "secret", lambda: 0.0))
    assert route.path == WEBHOOK_PATH
    assert github_manifest(ADDRESS + "/")["hook_attributes"] == {"url": ADDRESS + WEBHOOK_PATH, "active": True}


@pytest.mark.parametrize("event", EVENTS)
def test_every_event_of_the_manifest_is_one_that_the_door_listens_to(event: str) -> None:
    heard = deliveries.read(event, b'{"action":"never seen"}')
    assert isinstance(heard, deliveries.Ignored)
    assert heard.reason == ("no_spec" if event == "push" else "unknown_action")  # a push has no action


def test_the_app_is_private_and_named_as_asked() -> None:
    manifest = github_manifest(ADDRESS, name="Ada's bot")
    assert (manifest["name"], manifest["public"], manifest["url"]) == ("Ada's bot", False, ADDRESS)


def test_the_link_says_the_same_as_the_manifest() -> None:
    manifest = github_manifest(ADDRESS, name="Ada & Co")
    link = urlsplit(registration_link(manifest, organization="acme"))
    asked = parse_qs(link.query)
    assert (link.netloc, link.path) == ("github.com", "/organizations/acme/settings/apps/new")
    assert asked["events[]"] == list(EVENTS)
    assert {name: asked[name] for name in PERMISSIONS} == {name: [level] for name, level in PERMISSIONS.items()}
    assert (asked["name"], asked["webhook_url"]) == (["Ada & Co"], [ADDRESS + WEBHOOK_PATH])
    assert (asked["webhook_active"], asked["public"]) == (["true"], ["false"])


def test_without_an_organization_the_link_is_for_whoever_opens_it() -> None:
    link = registration_link(github_manifest(ADDRESS), github_url="https://github.example.com/")
    assert link.startswith("https://github.example.com/settings/apps/new?name=vTeam+bot&")


def test_the_description_names_the_command_as_it_is_called_here() -> None:
    assert github_manifest(ADDRESS)["description"] == "Write /vteam fix … in an issue, and get a pull request."
    assert github_manifest(ADDRESS, prefix="/robot")["description"].startswith("Write /robot fix … ")
