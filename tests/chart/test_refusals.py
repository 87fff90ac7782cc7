"""Values that the chart does not take: the schema refuses what has no place or the wrong shape, and what does not fit
together is said in words, all of it at once. Nothing is made then."""

import pytest

from bot.cluster import NAMESPACES, Cluster
from tests.chart.helm import Helm, HelmRefused, Json, split, values

WORDS: dict[str, tuple[Json, str]] = {
    "split without a database": (
        values(split={"enabled": True}),
        "split.enabled needs database.existingSecret: the halves share their store in PostgreSQL",
    ),
    "more pods without split": (
        values(web={"replicas": 2}, database={"existingSecret": "store"}),
        "web.replicas above 1 needs split.enabled and database.existingSecret",
    ),
    "no App": (values(github={"appId": None}), "github.appId is not set: the number of the GitHub App"),
    "no private key": (
        values(github={"privateKey": {"existingSecret": ""}}),
        "github.privateKey.existingSecret is not set",
    ),
    "no webhook secret": (
        values(github={"webhookSecret": {"existingSecret": ""}}),
        "github.webhookSecret.existingSecret is not set",
    ),
    "no key for Claude": (values(model={"apiKey": {"existingSecret": ""}}), "model.apiKey.existingSecret is not set"),
    "a way in for Slack, and no token": (
        values(slack={"signingSecret": {"existingSecret": "slack"}}),
        "slack.botToken.existingSecret is not set",
    ),
    "a token for Slack, and no way in": (
        values(slack={"botToken": {"existingSecret": "slack"}}),
        "slack needs signingSecret.existingSecret (Slack reaches the bot) or appToken.existingSecret (Socket Mode)",
    ),
    "an Ingress for nobody": (values(ingress={"enabled": True}), "ingress.enabled needs ingress.host"),
    "a namespace twice": (
        values(namespaces=[{"name": "a", "repositories": ["a/*"]}, {"name": "a", "repositories": ["b/*"]}]),
        "namespaces names a twice",
    ),
    "sessions beside the bot": (
        values(namespaces=[{"name": "vteam-system", "create": True, "repositories": ["*/*"]}]),
        "vteam-system is the release's own namespace",
    ),
}

SHAPES: dict[str, tuple[Json, str]] = {
    "an unknown value": (values(githubToken="x"), "githubToken"),
    "an unknown value within": (values(github={"token": "x"}), "token"),
    "a secret as a value": (values(database={"url": "postgresql://u:p@h/d"}), "url"),
    "a number as text": (values(github={"appId": "4711"}), "appId"),
    "no pods": (values(web={"replicas": 0}), "replicas"),
    "no resources": (values(web={"resources": {"requests": None, "limits": None}}), "resources"),
    "no namespace": (values(namespaces=[]), "namespaces"),
    "a namespace that is none": (values(namespaces=[{"name": "A b", "repositories": ["*/*"]}]), "name"),
    "a repository that is none": (values(namespaces=[{"name": "a", "repositories": ["acme"]}]), "repositories"),
    "a repository that would be two": (values(namespaces=[{"name": "a", "repositories": ["a/b,c/d"]}]), "repositories"),
    "a label that is none": (values(namespaceLabel="vteam"), "namespaceLabel"),
    "a digest that is none": (values(image={"digest": "sha256:1"}), "digest"),
    "a bot that is root": (values(podSecurityContext={"runAsNonRoot": False}), "runAsNonRoot"),
    "a privileged bot": (values(securityContext={"privileged": True}), "privileged"),
    "free sessions": (values(sessions={"usd": 0}), "usd"),
    "an unknown level": (values(log={"level": "loud"}), "level"),
}


async def refusal(helm: Helm, cluster: Cluster, given: Json) -> str:
    """What Helm says; and that nothing was made."""
    with pytest.raises(HelmRefused) as refused:
        await helm.install(given)
    assert await cluster.get(NAMESPACES, "vteam") is None
    return str(refused.value)


@pytest.mark.parametrize("case", WORDS)
async def test_what_does_not_fit_together_is_said_in_words(helm: Helm, cluster: Cluster, case: str) -> None:
    given, words = WORDS[case]
    said = await refusal(helm, cluster, given)
    assert words in said
    assert said.count("\n  - ") == 1


async def test_all_that_is_missing_is_said_at_once(helm: Helm, cluster: Cluster) -> None:
    said = await refusal(helm, cluster, {})
    assert said.count("is not set") == 4


@pytest.mark.parametrize("case", SHAPES)
async def test_what_has_the_wrong_shape_is_refused_by_the_schema(helm: Helm, cluster: Cluster, case: str) -> None:
    given, name = SHAPES[case]
    said = await refusal(helm, cluster, given)
    assert "schema" in said
    assert name in said


async def test_a_model_of_ones_own_needs_no_key(helm: Helm) -> None:
    release = await helm.install(split(model={"url": "http://vllm:8000", "apiKey": {"existingSecret": ""}}))
    web = release.one("Deployment", "vteam-bot-web")["spec"]["template"]["spec"]["containers"][0]
    assert "ANTHROPIC_API_KEY" not in {variable["name"] for variable in web["env"]}
