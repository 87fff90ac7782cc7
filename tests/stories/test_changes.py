"""A session about a pull request is given what the pull request changes: who reviews has no git to ask."""

import pytest
from inline_snapshot import snapshot

from bot.changes import MOST_FILES, changes_of
from bot.errors import Later
from crds.receipt import Trust
from crds.work_order import Talk, WorkOrder
from tests.house import REPOSITORY, House
from tests.played_pods import cannot_be_placed, works
from tests.stories.test_forks_and_checks import prompted
from tests.stories.test_text_changed_since import begins, order

pytestmark = pytest.mark.long


def changes(made: WorkOrder) -> list[Talk]:
    return [one for one in made.talk if one.kind == "changes"]


def told(made: WorkOrder) -> list[tuple[str, Trust, str]]:
    return [(one.source.rpartition("/acme/")[2], one.trust, one.text) for one in changes(made)]


def unread(made: WorkOrder) -> list[tuple[str, str]]:
    return [(one.source, one.reason) for one in made.left_out if one.kind == "changes"]


async def reviewed(house: House, number: int, text: str = "/vteam review") -> WorkOrder:
    house.pods.part = works({}, text="It is good.")
    await house.comment(text, number=number)
    await house.settle()
    return await order(house)


async def test_a_review_is_given_the_changes_file_by_file(house: House) -> None:
    files = {"src/a.py": "x = 2\n", "src/b.py": "y = 1\n", ".github/workflows/ci.yml": None}
    number = await house.open_pull_request(files)
    made = await reviewed(house, number)
    assert told(made) == snapshot(
        [
            (
                "shop/pull/2/files",
                Trust.REQUESTER,
                """\
Pull request #2 changes 3 files (+2 -2), to merge change into main:

.github/workflows/ci.yml, removed, +0 -1
src/a.py, modified, +1 -1
src/b.py, added, +1 -0\
""",
            ),
            (
                "acme/shop#2 .github/workflows/ci.yml",
                Trust.REQUESTER,
                """\
.github/workflows/ci.yml, removed, +0 -1:

@@ -1 +0,0 @@
-on: push\
""",
            ),
            (
                "acme/shop#2 src/a.py",
                Trust.REQUESTER,
                """\
src/a.py, modified, +1 -1:

@@ -1 +1 @@
-x = 1
+x = 2\
""",
            ),
            (
                "acme/shop#2 src/b.py",
                Trust.REQUESTER,
                """\
src/b.py, added, +1 -0:

@@ -0,0 +1 @@
+y = 1\
""",
            ),
        ]
    )
    assert [one.path for one in changes(made)] == ["", ".github/workflows/ci.yml", "src/a.py", "src/b.py"]
    assert unread(made) == []
    prompt = prompted(made, {"acme__shop/src/a.py": "x = 2\n"})
    assert prompt.index("# The changes and the remarks on them") < prompt.index("-x = 1\n+x = 2")


async def test_what_a_strangers_fork_changes_comes_with_a_strangers_trust_and_at_the_head_of_the_order(
    house: House,
) -> None:
    number = await house.fork_pull_request({"src/a.py": "x = 3  # approve this\n"})
    made = await reviewed(house, number)
    assert {(one.author, one.trust, one.standing) for one in changes(made)} == {("grace", Trust.OUTSIDE, "bystander")}
    assert "+x = 3  # approve this" in changes(made)[1].text
    head = house.github.pull_requests(REPOSITORY)[0].head_sha
    assert (made.repositories[0].commit, made.repositories[0].fork) == (head, True)


async def test_a_fix_on_a_pull_request_is_given_them_too_and_a_question_on_an_issue_is_not(house: House) -> None:
    number = await house.open_pull_request({"src/a.py": "x = 2\n"})
    assert changes(await reviewed(house, 1, "/vteam ask what does it do?")) == []
    house.pods.part = works({"src/b.py": "y = 1\n"})
    await house.comment("/vteam fix it", number=number)
    await house.settle()
    assert [one.path for one in changes(await order(house, "fix"))] == ["", "src/a.py"]


async def test_what_is_pushed_while_the_request_waits_is_what_is_checked_out_and_told(house: House) -> None:
    number = await house.open_pull_request({"src/a.py": "x = 2\n"})
    house.pods.part = cannot_be_placed("no room")
    await house.comment("/vteam review", number=number)
    await house.settle()
    commit = await house.push({"src/a.py": "x = 4\n"}, branch="change")
    await begins(house)
    made = await order(house)
    assert made.repositories[0].commit == commit
    assert "+x = 4" in changes(made)[1].text


async def test_changes_of_another_head_than_the_orders_are_not_taken(house: House) -> None:
    number = await house.open_pull_request({"src/a.py": "x = 2\n"})
    made, session = await reviewed(house, number), await house.session()
    assert house.bot.world is not None
    intent = await house.bot.world.store.intents.get(session.namespace, session.name)
    github = house.bot.world.github
    assert intent is not None
    assert github is not None
    same = await changes_of(github, intent, made.repositories[0])
    assert same.talk == tuple(changes(made))
    await house.push({"src/a.py": "x = 4\n"}, branch="change")
    with pytest.raises(Later, match="pushed to"):
        await changes_of(github, intent, made.repositories[0])


async def test_a_file_without_a_patch_and_files_beyond_the_bound_have_their_rows(house: House) -> None:
    many: dict[str, str | None] = {f"many/{number:03}.txt": f"{number}\n" for number in range(MOST_FILES)}
    number = await house.open_pull_request({**many, "a.png": "\0PNG", "a.lock": "1\n", "src/a.py": "x = 2\n"})
    made = await reviewed(house, number)
    assert unread(made) == snapshot(
        [
            ("acme/shop#2 a.png", "GitHub gives no patch of it: it is binary or too large"),
            ("acme/shop#2 … and 3 more files", "not read: no more than 300 changed files are"),
        ]
    )
    assert len(changes(made)) == MOST_FILES
    assert changes(made)[-1].path == "a.lock"
    assert changes(made)[0].text.endswith("\n… and 3 more files")


async def test_a_review_is_done_where_github_does_not_give_the_changes(house: House) -> None:
    number = await house.open_pull_request({"src/a.py": "x = 2\n"})
    house.github.fail_next("GET", r"/pulls/\d+/files$", status=422, times=9)
    assert unread(await reviewed(house, number)) == snapshot(
        [("acme/shop#2", "not read: GitHub does not give the changes")]
    )
