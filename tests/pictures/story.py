"""The story that the README's pictures show: asked in Slack, seen in the issue, a pull request, the answer in both places.

Played in the tests' house with the demo's repository: all is the bot's own, but the pods, which are played. Called by
`python -m tests.pictures`.
"""

import asyncio

from bot.standins.demo import DEMO_REPOSITORY, ISSUE_BODY, ISSUE_TITLE, REPAIR, REPOSITORY_NAME
from bot.standins.slack.world import Message
from handlers.slack_words import SHOW
from tests.handlers.specs import spoiled
from tests.house import House
from tests.played_pods import Part, PodLife, works
from tests.stories.slack_verbs import linked, until

CHANNEL = "pacer"
SPEC = "specs/001-login/spec.md"
MORE = {"tests/test_slow_bucket.py": "# A bucket of one token every two seconds.\n"}


class Story:
    """One telling; the second session waits in the middle of its work until it is let on."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._let_on = asyncio.Event()

    async def begins(self) -> Message:
        """Ada asks in Slack, and has her pull request; what she asked for then is being worked on."""
        house = self._house
        await self._furnished()
        house.pods.parts = [works(repaired(), text=REPAIR.summary, ran=REPAIR.test_command), self._works_slowly()]
        asked = await house.slack_says(f"@vteam fix {REPOSITORY_NAME}#1 and say what went wrong", channel=CHANNEL)
        await house.settle()
        await house.slack.click(house.slack.last(CHANNEL), SHOW, by="ada")
        await house.settle()
        await house.slack_says("And add a test with a slow bucket, please.", channel=CHANNEL, thread_ts=asked.ts)
        await until(lambda: REPAIR.test_command in self._slack(asked) and "[ ] the agent works" in self._issue())
        return asked

    async def ends(self) -> None:
        self._let_on.set()
        await self._house.settle()

    async def is_told_what_is_wrong_with_a_specification(self) -> int:
        """The number of the check run that says it."""
        house = self._house
        poor = spoiled("after ten minutes", "after [NEEDS CLARIFICATION: how long?]").replace("FR-001**", "FR-002**")
        poor = poor.replace("1. **Given** a known address, **When** the customer asks for a code, **Then**", "1. Then")
        await house.github.push_commit(REPOSITORY_NAME, "001-login", files={SPEC: poor}, by="ada", message="Specify")
        await house.settle()
        repository = house.github.site.world.repository(REPOSITORY_NAME)
        assert repository is not None
        return max(repository.check_runs)

    async def _furnished(self) -> None:
        house = self._house
        await house.github.create_repository(REPOSITORY_NAME, DEMO_REPOSITORY)
        house.github.grant(REPOSITORY_NAME, "ada", role="write")
        house.slack.create_channel(CHANNEL, members=["ada", "tom", "grace"])
        await house.github.open_issue(REPOSITORY_NAME, ISSUE_TITLE, body=ISSUE_BODY, by="ada")
        await linked(house, "ada")

    def _works_slowly(self) -> Part:
        async def part(life: PodLife) -> None:
            await life.runs()
            event = {"seq": 1, "kind": "tool", "text": "Bash", "detail": REPAIR.test_command, "turn": 1}
            await life.call("GET", "/order")
            await life.call("POST", "/progress", json={"events": [event]})
            await self._let_on.wait()
            await works(MORE, ran=REPAIR.test_command, text="A slow bucket is tested too.")(life)

        return part

    def _slack(self, asked: Message) -> str:
        return self._house.slack_thread(asked, channel=CHANNEL)

    def _issue(self) -> str:
        return self._house.github.thread(REPOSITORY_NAME, 1)


def repaired() -> dict[str, str]:
    """The files of the demo's repository as its repair leaves them."""
    files = {edit.path: (DEMO_REPOSITORY / edit.path).read_text("utf-8") for edit in REPAIR.edits}
    for edit in REPAIR.edits:
        files[edit.path] = files[edit.path].replace(edit.old, edit.new)
    return files
