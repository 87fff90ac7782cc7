"""The stand-in's timeline tells of mentions as GitHub does, in the form that githubkit's model reads."""

from bot.standins.github import GitHubStandIn
from tests.standins.conftest import Clients

SHOP = "acme/shop"


async def test_the_first_mention_by_each_thread_is_an_event(github: GitHubStandIn, clients: Clients) -> None:
    from githubkit_schemas.latest.models import TimelineCrossReferencedEvent  # a thousand models: not for everybody

    first = await github.open_issue(SHOP, "Slow", body="It is slow.", by="ada")
    second = await github.open_issue(SHOP, "Slower", body=f"Like #{first.number}", by="ada")
    await github.comment(SHOP, second.number, body=f"Again #{first.number}, and #{first.number}9", by="ada")
    kit = clients.installation()
    [event] = (await kit.rest.issues.async_list_events_for_timeline("acme", "shop", first.number)).json()
    TimelineCrossReferencedEvent.model_validate(event)
    assert event["source"]["issue"]["number"] == second.number
    assert (await kit.rest.issues.async_list_events_for_timeline("acme", "shop", second.number)).json() == []
