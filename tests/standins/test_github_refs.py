"""The stand-in reads references from the repository's files: they are the ones that git lists, packed or not."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.standins.github.commits import NewCommit, commit
from bot.standins.github.git import BareRepository, Person
from bot.standins.github.refs import read_refs

ADA = Person("Ada", "ada@example.com")


@pytest.fixture
async def repository(tmp_path: Path) -> BareRepository:
    """Two branches, a tag with a text and one without, a pull request's head; one branch moved after all was packed."""
    made = BareRepository(tmp_path / "shop.git")
    await made.create("main")
    first = await commit(
        made, "main", NewCommit(files={"a": "1"}, message="One", author=ADA, at=datetime.now(UTC)), parent=None
    )
    for ref in ("refs/heads/feature/one", "refs/tags/plain", "refs/pull/1/head"):
        await made.set_ref(ref, first)
    await made.run(
        "-c", "user.name=ada", "-c", "user.email=a@example.com", "tag", "-a", "-m", "It is out", "told", first
    )
    await made.run("pack-refs", "--all")
    new = NewCommit(files={"a": "2"}, message="Two", author=ADA, at=datetime.now(UTC))
    await commit(made, "feature/one", new, parent=first)
    await made.set_ref("refs/heads/later", first)
    return made


@pytest.mark.parametrize(
    "prefix",
    ["refs", "refs/heads", "refs/tags", "refs/pull", "refs/heads/feature", "refs/heads/feature/one", "refs/heads/feat",
     "refs/heads/none", "refs/heads/../tags", "refs/heads/later"],
)  # fmt: skip
async def test_they_are_those_that_git_lists(repository: BareRepository, prefix: str) -> None:
    listed = (await repository.text("for-each-ref", "--format=%(refname) %(objectname)", prefix)).splitlines()
    assert [f"{name} {sha}" for name, sha in read_refs(repository.path, prefix).items()] == listed


async def test_a_revision_is_a_branch_before_a_tag_before_an_id(repository: BareRepository) -> None:
    head = await repository.branch("feature/one")
    assert head is not None
    first = (await repository.commits(head))[0]
    assert await repository.resolve("feature/one") == await repository.resolve(head) == head
    assert await repository.resolve("told") == await repository.resolve("plain") == first
    assert await repository.resolve("feature/one~1") == first
    assert await repository.resolve("0" * 40) is None
    assert await repository.resolve("../config") is None
