"""Every event that GitHub can send is built to GitHub's schema, about the stand-in's own repository."""

from __future__ import annotations

import json

import pytest
from githubkit.webhooks import parse

from bot.standins.github import GitHubStandIn
from bot.standins.github.every_event import Scene, every_event
from tests.standins.conftest import SHOP


@pytest.mark.long
@pytest.mark.parametrize("full", [False, True], ids=["only what is required", "everything"])
async def test_every_event_is_to_githubs_schema(github: GitHubStandIn, full: bool) -> None:
    scene = Scene(
        site=github.site,
        repository=github.site.world.repositories[SHOP],
        installation=next(iter(github.site.world.installations.values())),
        sender=github.create_user("ada"),
        full=full,
    )
    found = list(every_event(scene))
    for event in found:
        parse(event.name, json.dumps(event.payload))
    names = {event.name for event in found}
    assert len(names) > 70
    assert len(found) > 270
    told = {str(event) for event in found}
    assert {"issue_comment.created", "pull_request_review.submitted", "push", "installation.suspend"} <= told


async def test_the_text_stands_where_people_write(github: GitHubStandIn) -> None:
    scene = Scene(
        site=github.site,
        repository=github.site.world.repositories[SHOP],
        installation=next(iter(github.site.world.installations.values())),
        sender=github.create_user("ada"),
        number=7,
        text="/vteam fix it",
    )
    said = {str(event): event.payload for event in every_event(scene)}
    comment = said["issue_comment.created"]
    assert (comment["comment"]["body"], comment["issue"]["number"]) == ("/vteam fix it", 7)
    assert said["pull_request_review.submitted"]["review"]["body"] == "/vteam fix it"
    assert comment["sender"]["login"] == "ada"
