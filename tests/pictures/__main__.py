"""`python -m tests.pictures`: tells one story with both stand-ins, and takes the README's pictures of their own pages.

It writes docs/*.png anew and needs a Chromium. Addresses in the pictures are those that readers know.
"""

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory

import aiohttp

from bot.standins.demo import REPOSITORY_NAME
from bot.standins.github import register_app
from tests.house import House, built
from tests.pictures.camera import photograph
from tests.pictures.story import CHANNEL, Story

DOCS = Path(__file__).parents[2] / "docs"


async def main() -> None:
    with TemporaryDirectory(prefix="vteam-story") as folder:
        async with built(Path(folder), register_app("vteam")) as house:
            await _told(house)


async def _told(house: House) -> None:
    story, github = Story(house), f"{house.github.url}/{REPOSITORY_NAME}"
    asked = await story.begins()
    channel = house.slack.channel(CHANNEL).id
    await _taken(house, f"{house.slack.url}/archives/{channel}/p{asked.ts.replace('.', '')}", "slack.png")
    await _taken(house, f"{github}/issues/1", "thread.png")
    await _taken(house, f"{github}/pull/2", "pull-request.png")
    await story.ends()
    check = await story.is_told_what_is_wrong_with_a_specification()
    await _taken(house, f"{github}/runs/{check}", "spec-check.png")


async def _taken(house: House, address: str, name: str) -> None:
    async with aiohttp.ClientSession() as http, http.get(address) as answer:
        answer.raise_for_status()
        html = await answer.text()
    shown = html.replace(house.github.url, "https://github.com").replace(house.slack.url, "https://acme.slack.com")
    await photograph(shown, DOCS / name, width=900)
    print(f"docs/{name}: {(DOCS / name).stat().st_size // 1024} KB")


if __name__ == "__main__":
    asyncio.run(main())
