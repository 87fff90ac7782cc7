"""Through the whole house: plain words with a mention start a session, and what is quoted, code or struck starts none."""

from pathlib import Path

from bot.standins.github import AppRegistration
from crds.agentic_session import Task
from tests.house import House, built

MARK = "<!-- vteam:"
"""What every comment of the bot's holds."""
QUIET = """\
> @vteam fix it

```
/vteam fix it
```

~~@vteam fix it~~, `@vteam fix it`, [@vteam fix it](https://example.com), @vteam-preview and ada@vteam.example

On Mon, 3 Nov 2025 at 10:14, Ada <ada@example.com> wrote:

@vteam fix it
"""


async def test_plain_words_with_a_mention_start_a_session(house: House) -> None:
    await house.comment("It fails again.\n\nCould you look into the login test, @vteam?", by="ada")
    await house.settle()
    session = await house.session()
    assert (session.work.task, session.work.prompt) == (Task.RUN, "Could you look into the login test")
    assert house.comments_with(MARK) > 0


async def test_what_is_quoted_or_code_starts_nothing_and_is_not_answered(house: House) -> None:
    await house.comment(QUIET, by="ada")
    await house.settle()
    assert await house.sessions() == []
    assert house.comments_with(QUIET) == 1
    assert house.comments_with(MARK) == 0


async def test_the_installations_own_names_are_heard_and_no_others(
    tmp_path: Path, app_registration: AppRegistration
) -> None:
    async with built(tmp_path, app_registration, handle="fixer", prefix="/fixer") as house:
        await house.comment("/vteam fix it\n\n@vteam fix it", by="ada")
        await house.comment("@fixer ask why?", by="ada")
        await house.comment("/fixer help", by="ada")
        await house.settle()
        assert (await house.session()).work.task is Task.ASK
        assert "| `/fixer fix " in house.thread
