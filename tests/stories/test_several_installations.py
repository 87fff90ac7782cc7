"""Repositories beside the session's own: where the App is another installation's, and where it is not installed at all.

The pods clone with the runner's own git and credential helper, each repository with the token that it is given.
"""

from collections.abc import Callable
from pathlib import Path

import pytest
from inline_snapshot import snapshot

from bot.cluster import PROJECT_SETTINGS, Json
from crds.agentic_session import Phase
from crds.project_settings import SINGLETON
from crds.work_order import WorkOrder
from runner.endings import PrerequisiteFailed
from runner.git import Git, environment
from runner.surroundings import Surroundings
from runner.workspace import Patience, prepare
from tests.house import NAMESPACE, REPOSITORY, House
from tests.played_pods import GIT_ENVIRONMENT, PodLife, hand_in
from tests.stories.test_personas import order_of
from tests.stories.test_refusals import kubectl_session, last_words

pytestmark = pytest.mark.long

LIB, OPEN, VAULT = "upstream/lib", "strangers/lib", "acme/vault"


class Clones:
    """A pod that reads its order and clones as the real runner does, and ends well if it could."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.tokens: list[Json] = []
        self.said = ""
        self.meanwhile: Callable[[], object] = lambda: None

    async def __call__(self, life: PodLife) -> None:
        await life.runs()
        status, made = await life.call("GET", "/order")
        if status != 200:
            await life.ends(2)
            return
        order = WorkOrder.model_validate(made)
        self.meanwhile()
        self.tokens.append((await life.call("POST", "/token"))[1])
        (self.folder / "token").write_text(await life.token())
        try:
            await prepare(order.repositories, self.workspace, git=self._git(life, order), patience=Patience(1))
        except PrerequisiteFailed as failed:
            self.said = str(failed)
        await hand_in(life, [], {}, text=self.said or "Read.", exit_code=2 if self.said else 0)
        await life.ends(2 if self.said else 0)

    def _git(self, life: PodLife, order: WorkOrder) -> Git:
        around = Surroundings(
            api_url=life.environment["VTEAM_API_URL"],
            model_url="http://127.0.0.1:1",
            token_file=self.folder / "token",
            workspace=self.workspace,
            home=self.folder,
            tmp=self.folder,
            path=GIT_ENVIRONMENT["PATH"],
        )
        return Git(environment(around, [one.url for one in order.repositories]))

    @property
    def workspace(self) -> Path:
        return self.folder / "workspace"

    @property
    def cloned(self) -> dict[str, str]:
        """The repositories that lie there, and what each has of its own."""
        files = {one.name: one / "b.py" for one in sorted(self.workspace.iterdir())}
        return {name: file.read_text().strip() if file.exists() else "" for name, file in files.items()}


@pytest.fixture
def clones(house: House, tmp_path: Path) -> Clones:
    house.pods.part = clones = Clones(tmp_path)
    return clones


async def repository(house: House, name: str, *, private: bool = False, installed: bool = False) -> None:
    made = await house.github.create_repository(name, {"b.py": f"{name}\n"}, private=private)
    house.github.grant(name, "ada", role="write")
    await house.github.open_issue(name, "Logouts are slow", body="Since Tuesday.", by="ada")
    if installed and made.owner.login != "acme":
        house.github.install(made.owner.login)


async def owner_names(house: House, *names: str) -> None:
    wanted = [{"url": f"{house.github.url}/{name}.git"} for name in names]
    settings = {"metadata": {"name": SINGLETON}, "spec": {"contextRepos": wanted}}
    await house.cluster.create(PROJECT_SETTINGS, settings, NAMESPACE)


async def asked(house: House, text: str, *, where: str = REPOSITORY) -> None:
    await house.github.comment(where, 1, body=text, by="ada")
    await house.settle()


def reads(house: House, token: Json) -> dict[str, list[str]]:
    """What each token of an answer reads, as the forge has it: repositories and permissions."""
    found = {}
    for one in (token, *token["others"]):
        issued = house.github.site.tokens.installation_token(one["password"])
        covered = [each.full_name for each in house.github.site.world.repositories.values() if issued.covers(each)]
        found[issued.installation.account.login] = [*covered, *(f"{a}:{b}" for a, b in issued.permissions.items())]
    return found


async def test_private_repositories_of_two_installations_are_each_read_with_a_token_of_their_own(
    house: House, clones: Clones
) -> None:
    await repository(house, VAULT, private=True)
    await repository(house, LIB, private=True, installed=True)
    await repository(house, "upstream/safe", private=True)
    await asked(house, f"/vteam ask --repo {LIB} why is it slow?", where=VAULT)
    assert clones.said == ""
    assert clones.cloned == {"acme__vault": VAULT, "upstream__lib": LIB}
    assert (await house.session()).phase is Phase.COMPLETED
    assert reads(house, clones.tokens[0]) == {
        "acme": [VAULT, "metadata:read", "contents:read"],
        "upstream": [LIB, "metadata:read", "contents:read"],
    }
    assert house.github.violations == []


async def test_the_owners_repositories_may_be_of_another_installation(house: House, clones: Clones) -> None:
    await repository(house, VAULT, private=True)
    await repository(house, LIB, private=True, installed=True)
    await owner_names(house, LIB)
    await asked(house, "/vteam ask why is it slow?", where=VAULT)
    assert clones.cloned == {"acme__vault": VAULT, "upstream__lib": LIB}
    assert (await order_of(house)).left_out == ()


async def test_a_public_repository_without_the_app_is_read_by_whoever_names_it(house: House, clones: Clones) -> None:
    await repository(house, VAULT, private=True)
    await repository(house, OPEN)
    await asked(house, f"/vteam ask --repo {OPEN}@main why is it slow?", where=VAULT)
    assert clones.cloned == {"acme__vault": VAULT, "strangers__lib": OPEN}
    assert reads(house, clones.tokens[0]) == {"acme": [VAULT, "metadata:read", "contents:read"]}
    read = (await order_of(house)).repositories[1]
    assert (read.private, read.writable, read.id != 0) == (False, False, True)
    assert house.github.violations == []


async def test_a_repository_that_is_named_anew_meanwhile_is_known_by_all_its_names(
    house: House, clones: Clones
) -> None:
    await repository(house, VAULT, private=True)
    await repository(house, LIB, private=True, installed=True)
    clones.meanwhile = lambda: house.github.rename(LIB, "books")
    await asked(house, f"/vteam ask --repo {LIB} why is it slow?", where=VAULT)
    [other] = clones.tokens[0]["others"]
    assert other["urls"] == [f"{house.github.url}/{name}.git" for name in (LIB, "upstream/books")]


async def test_a_public_repository_where_the_app_is_asleep_is_read_all_the_same(house: House, clones: Clones) -> None:
    await repository(house, LIB)
    house.github.suspend(house.github.install("upstream"))
    await asked(house, f"/vteam ask --repo {LIB} why is it slow?")
    assert [one.name for one in (await order_of(house)).repositories] == ["acme__shop", "upstream__lib"]


@pytest.mark.parametrize("name", [OPEN, "strangers/nothing"])
async def test_a_private_repository_without_the_app_is_not_there(house: House, clones: Clones, name: str) -> None:
    await repository(house, VAULT, private=True)
    await repository(house, OPEN, private=True)
    await asked(house, f"/vteam ask --repo {name} why is it slow?", where=VAULT)
    assert (await house.session()).phase is Phase.FAILED
    assert house.github.thread(VAULT, 1).split("@ada, ")[-1].replace(name, "NAME").strip() == snapshot(
        "the session in vteam may not read what it asks for: either NAME is not there, or whoever asked may not read it, or the App is not installed there, or it is suspended; whoever owns the repository can help."
    )


async def test_one_that_is_closed_to_the_public_meanwhile_ends_the_session_in_words(
    house: House, clones: Clones
) -> None:
    await repository(house, OPEN)
    clones.meanwhile = lambda: house.github.make_private(OPEN)
    await asked(house, f"/vteam ask --repo {OPEN} why is it slow?")
    assert (await house.session()).phase is Phase.FAILED
    assert "strangers__lib cannot be read" in last_words(house)


async def test_what_the_law_has_closed_is_not_there(house: House, clones: Clones) -> None:
    await repository(house, OPEN)
    await owner_names(house, OPEN)
    house.github.fail_next("GET", rf"/repos/{OPEN}$", status=451, times=100)
    await asked(house, "/vteam ask why is it slow?")
    assert (await house.session()).phase is Phase.COMPLETED
    assert [one.source for one in (await order_of(house)).left_out] == [
        "spec.contextRepos[0] of the project's settings"
    ]


async def test_a_link_to_a_public_repository_without_the_app_is_followed(house: House, clones: Clones) -> None:
    await repository(house, OPEN)
    await asked(house, f"/vteam ask is it as in {OPEN}#1, and as {house.github.url}/{OPEN}/blob/main/b.py says?")
    order = await order_of(house)
    told = {piece.kind: piece.text for piece in order.talk if piece.thread}
    assert told == {"linked_issue": "Logouts are slow (open)\n\nSince Tuesday.", "linked_file": f"{OPEN}\n"}
    assert order.left_out == ()
    assert "@vteam" not in house.github.thread(OPEN, 1)


async def test_a_session_by_hand_reads_what_is_public_with_its_own_repositorys_installation(
    house: House, clones: Clones
) -> None:
    await repository(house, OPEN)
    session = kubectl_session(house)
    session["spec"]["contextRepos"] = [{"url": f"{house.github.url}/{OPEN}.git"}]
    await house.apply(session)
    await house.settle()
    assert (await house.session()).phase is Phase.COMPLETED
    assert clones.cloned == {"acme__shop": "", "strangers__lib": OPEN}


async def test_nothing_is_written_where_the_app_is_not_installed(house: House, clones: Clones) -> None:
    await repository(house, OPEN)
    session = kubectl_session(house)
    wanted = [f"{house.github.url}/{name}.git" for name in (REPOSITORY, OPEN)]
    session["spec"]["repos"] = [{"url": url, "autoPush": True} for url in wanted]
    await house.apply(session)
    await house.settle()
    session_now = await house.session()
    assert (session_now.phase, session_now.status.job_name) == (Phase.FAILED, None)
    assert f"either {OPEN} is not there" in str(session_now.status.message)
