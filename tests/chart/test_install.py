"""What one `helm install` with the least values leaves in a cluster, and what the bot in it would read."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from bot.cluster import CONFIG_MAPS, CRDS, NAMESPACES, ROLE_BINDINGS, ROLES, SERVICE_ACCOUNTS, Cluster, Resource
from bot.embedded.api.resources import BUILT_IN
from bot.serving import Address
from bot.settings import Settings, environment_name
from handlers.github_manifest import WEBHOOK_PATH
from handlers.policy import NamespaceRule
from handlers.slack_manifest import WEBHOOK_PATH as SLACK_PATH
from tests.chart.helm import NAMESPACE, Helm, Json, Release, split, values

DEPLOYMENTS = Resource("apps", "v1", "deployments", "Deployment")
SERVICES = Resource("", "v1", "services", "Service")
CLAIMS = Resource("", "v1", "persistentvolumeclaims", "PersistentVolumeClaim")
POLICIES = Resource("networking.k8s.io", "v1", "networkpolicies", "NetworkPolicy")
INGRESSES = Resource("networking.k8s.io", "v1", "ingresses", "Ingress")
BUDGETS = Resource("policy", "v1", "poddisruptionbudgets", "PodDisruptionBudget")

INFO = 1
NOT_FOR_A_CLUSTER = {
    "VTEAM_GITHUB_PRIVATE_KEY",  # a file in its place
    "VTEAM_KUBECONFIG",  # the pod's own account in its place
    "VTEAM_SCRIPTED",
    "VTEAM_UNCONFINED",
    "VTEAM_CONNECT_PORTS",
    "VTEAM_LOCAL_REPOSITORIES",
}


async def names(cluster: Cluster, resource: Resource, namespace: str | None = NAMESPACE) -> set[str]:
    listed = await cluster.list(resource, namespace)
    return {each["metadata"]["name"] for each in listed.items}


async def test_one_pod_with_a_volume_is_what_the_least_values_give(helm: Helm, cluster: Cluster) -> None:
    await helm.install(values())
    for resource in (DEPLOYMENTS, SERVICES, CLAIMS, CONFIG_MAPS):
        assert await names(cluster, resource) == {"vteam-bot"}
    assert await names(cluster, SERVICE_ACCOUNTS) - {"default"} == {"vteam-bot"}
    halves = {"vteam-system:vteam-bot:web", "vteam-system:vteam-bot:reconcile"}
    assert await names(cluster, ROLES, "vteam") == await names(cluster, ROLE_BINDINGS, "vteam") == halves
    assert await names(cluster, POLICIES, "vteam") == {"vteam-bot-runners"}
    assert {name for name in await names(cluster, CRDS, None) if name.endswith(".vteam.ambient-code")} == {
        "agenticsessions.vteam.ambient-code",
        "projectsettings.vteam.ambient-code",
        "rfeworkflows.vteam.ambient-code",
    }


async def test_the_served_namespace_is_made_with_the_label_and_with_restricted_pods(
    helm: Helm, cluster: Cluster
) -> None:
    await helm.install(values())
    namespace = await cluster.get(NAMESPACES, "vteam")
    assert namespace
    labels = namespace["metadata"]["labels"]
    assert labels["vteam.ambient-code/bot"] == "true"
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"


async def test_the_one_pod_runs_both_halves_and_never_twice_at_a_time(helm: Helm, cluster: Cluster) -> None:
    await helm.install(values())
    deployment = await cluster.get(DEPLOYMENTS, "vteam-bot", NAMESPACE)
    assert deployment
    spec = deployment["spec"]
    assert (spec["replicas"], spec["strategy"]["type"]) == (1, "Recreate")
    assert container_of(deployment)["command"] == ["vteam", "serve"]
    data = next(volume for volume in spec["template"]["spec"]["volumes"] if volume["name"] == "data")
    assert data["persistentVolumeClaim"] == {"claimName": "vteam-bot"}


async def test_two_halves_are_two_deployments_and_a_budget(helm: Helm, cluster: Cluster) -> None:
    await helm.install(split(web={"replicas": 3}))
    assert await names(cluster, DEPLOYMENTS) == {"vteam-bot-web", "vteam-bot-reconcile"}
    assert await names(cluster, SERVICE_ACCOUNTS) - {"default"} == {"vteam-bot-web", "vteam-bot-reconcile"}
    assert await names(cluster, BUDGETS) == {"vteam-bot-web"}
    assert await names(cluster, CLAIMS) == set()
    web = await cluster.get(DEPLOYMENTS, "vteam-bot-web", NAMESPACE)
    reconcile = await cluster.get(DEPLOYMENTS, "vteam-bot-reconcile", NAMESPACE)
    assert web
    assert reconcile
    assert (web["spec"]["replicas"], web["spec"]["strategy"]["type"]) == (3, "RollingUpdate")
    assert (reconcile["spec"]["replicas"], reconcile["spec"]["strategy"]["type"]) == (1, "Recreate")
    assert container_of(web)["command"] == ["vteam", "web"]
    assert container_of(reconcile)["command"] == ["vteam", "reconcile"]


async def test_the_service_leads_to_the_pods_that_hold_the_web_half(helm: Helm) -> None:
    release = await helm.install(split())
    service = release.one("Service", "vteam-bot")["spec"]
    labels = {each["metadata"]["name"]: each["spec"]["template"]["metadata"]["labels"] for each in deployments(release)}
    assert service["selector"].items() <= labels["vteam-bot-web"].items()
    assert not service["selector"].items() <= labels["vteam-bot-reconcile"].items()
    [policy] = release.of("NetworkPolicy")
    assert policy["spec"]["egress"][0]["to"][0]["podSelector"]["matchLabels"] == service["selector"]


async def test_only_the_web_half_holds_the_webhook_secret_and_the_models_key(helm: Helm) -> None:
    release = await helm.install(split())
    secrets = {name: set(secret_environment(each)) for name, each in by_name(release).items()}
    assert secrets["vteam-bot-web"] == {"VTEAM_DATABASE_URL", "VTEAM_GITHUB_WEBHOOK_SECRET", "ANTHROPIC_API_KEY"}
    assert secrets["vteam-bot-reconcile"] == {"VTEAM_DATABASE_URL"}


async def test_both_halves_speak_in_slack_and_only_the_web_half_listens(helm: Helm) -> None:
    release = await helm.install(split(slack=SLACK))
    secrets = {name: set(secret_environment(each)) for name, each in by_name(release).items()}
    assert {name for name in secrets["vteam-bot-reconcile"] if "SLACK" in name} == {"VTEAM_SLACK_BOT_TOKEN"}
    assert {name for name in secrets["vteam-bot-web"] if "SLACK" in name} == {
        "VTEAM_SLACK_BOT_TOKEN",
        "VTEAM_SLACK_SIGNING_SECRET",
        "VTEAM_SLACK_APP_TOKEN",
    }


async def test_the_ingress_lets_slack_in_where_slack_comes_over_http(helm: Helm) -> None:
    release = await helm.install(values(ingress={"enabled": True, "host": "a.example.com"}, slack=SLACK))
    paths = release.one("Ingress", "vteam-bot")["spec"]["rules"][0]["http"]["paths"]
    assert [each["path"] for each in paths] == [WEBHOOK_PATH, SLACK_PATH]


@pytest.mark.parametrize("given", [values(), split()], ids=["one pod", "two halves"])
async def test_every_container_is_fenced_in_and_has_resources(helm: Helm, given: Json) -> None:
    release = await helm.install(given)
    for deployment in deployments(release):
        pod, container = deployment["spec"]["template"]["spec"], container_of(deployment)
        assert pod["securityContext"]["runAsNonRoot"]
        assert pod["securityContext"]["runAsUser"] == 10001
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert pod["enableServiceLinks"] is False
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "privileged": False,
            "capabilities": {"drop": ["ALL"]},
        }
        assert set(container["resources"]["requests"]) == {"cpu", "memory"}
        assert container["livenessProbe"]["httpGet"]["path"] == "/healthz"
        assert container["readinessProbe"]["httpGet"]["path"] == "/readyz"


async def test_the_bot_reads_in_its_pod_what_the_values_say(helm: Helm, cluster: Cluster) -> None:
    namespaces = [
        {"name": "team-acme", "create": False, "repositories": ["acme/*", "ada/notes"]},
        {"name": "2026", "create": True, "repositories": ["*/*"]},  # not a number to YAML, please
    ]
    await cluster.create(NAMESPACES, {"metadata": {"name": "team-acme"}})
    given = values(namespaces=namespaces, sessions={"usd": 2.5, "tokens": 30_000_000}, log={"level": "debug"})
    settings = settings_of(await helm.install(given))
    assert settings.namespaces == (
        NamespaceRule("acme/*", "team-acme"),
        NamespaceRule("ada/notes", "team-acme"),
        NamespaceRule("*/*", "2026"),
    )
    assert (settings.session_usd, settings.session_tokens, settings.log_level) == (2.5, 30_000_000, "debug")
    assert (settings.github_app_id, settings.port, settings.host) == (4711, 8080, "0.0.0.0")
    assert settings.bot_url == "http://vteam-bot.vteam-system.svc"
    assert settings.runner_image == "vteam-bot:0.1.0"


async def test_the_defaults_of_the_chart_are_those_of_the_bot(helm: Helm) -> None:
    settings, bare = settings_of(await helm.install(values())), Settings.model_construct()
    chosen = {"data_dir", "host", "bot_url", "github_app_id", "github_private_key_file", "runner_image", "kubeconfig"}
    secret = {"github_webhook_secret", "anthropic_api_key"}
    differing = {name for name in Settings.model_fields if getattr(settings, name) != getattr(bare, name)}
    assert differing <= chosen | secret


SLACK = {name: {"existingSecret": "slack"} for name in ("botToken", "signingSecret", "appToken")}


async def test_every_setting_has_its_place_in_the_chart(helm: Helm) -> None:
    release = await helm.install(values(database={"existingSecret": "store"}, slack=SLACK))
    given = set(release.one("ConfigMap", "vteam-bot")["data"]) | set(secret_environment(deployments(release)[0]))
    assert given == {environment_name(name) for name in Settings.model_fields} - NOT_FOR_A_CLUSTER


async def test_a_changed_setting_restarts_the_pod(helm: Helm) -> None:
    first = deployments(await helm.install(values()))[0]
    second = deployments(await helm.upgrade(values(retentionDays=7)))[0]
    checksums = [each["spec"]["template"]["metadata"]["annotations"]["checksum/config"] for each in (first, second)]
    assert checksums[0] != checksums[1]


async def test_runners_reach_the_bot_and_git_hosts_and_no_private_network(helm: Helm) -> None:
    [policy] = (await helm.install(values())).of("NetworkPolicy")
    spec = policy["spec"]
    assert (spec["policyTypes"], spec["ingress"]) == (["Ingress", "Egress"], [])
    bot, names_, git = spec["egress"]
    assert bot["ports"] == [{"protocol": "TCP", "port": 8080}]
    assert {port["port"] for port in names_["ports"]} == {53}
    assert git["ports"] == [{"protocol": "TCP", "port": 443}]
    blocked = {each for peer in git["to"] for each in peer["ipBlock"]["except"]}
    assert {"10.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"} <= blocked


async def test_the_policy_selects_the_pods_of_the_jobs_that_the_bot_makes(helm: Helm) -> None:
    from handlers.job import RunnerRules, job
    from handlers.session import read_session

    metadata = {"name": "s-1", "namespace": "vteam", "uid": "u", "creationTimestamp": "2026-01-01T00:00:00Z"}
    made = job(read_session({"metadata": metadata, "spec": {"prompt": "fix it"}}), RunnerRules())
    [policy] = (await helm.install(values())).of("NetworkPolicy")
    wanted = policy["spec"]["podSelector"]["matchLabels"]
    assert wanted.items() <= made["spec"]["template"]["metadata"]["labels"].items()


async def test_the_ingress_lets_in_webhooks_and_nothing_else(helm: Helm, cluster: Cluster) -> None:
    given = {"enabled": True, "host": "bot.example.com", "tlsSecret": "certificate", "className": "nginx"}
    release = await helm.install(values(ingress=given))
    ingress = await cluster.get(INGRESSES, "vteam-bot", NAMESPACE)
    assert ingress
    [rule] = ingress["spec"]["rules"]
    [path] = rule["http"]["paths"]
    assert (rule["host"], path["path"], path["pathType"]) == ("bot.example.com", WEBHOOK_PATH, "Exact")
    assert ingress["spec"]["tls"] == [{"hosts": ["bot.example.com"], "secretName": "certificate"}]
    assert settings_of(release).public_url == "https://bot.example.com"
    assert f"https://bot.example.com{WEBHOOK_PATH}" in release.notes


async def test_prometheus_finds_both_halves(helm: Helm, cluster: Cluster) -> None:
    await cluster.create(CRDS, monitor_crd())
    release = await helm.install(split(serviceMonitor={"enabled": True, "labels": {"release": "prometheus"}}))
    [monitor] = release.of("ServiceMonitor")
    wanted = monitor["spec"]["selector"]["matchLabels"].items()
    services = {each["metadata"]["name"]: each for each in release.of("Service")}
    assert set(services) == {"vteam-bot", "vteam-bot-reconcile"}
    assert all(wanted <= each["metadata"]["labels"].items() for each in services.values())
    assert monitor["metadata"]["labels"]["release"] == "prometheus"


def monitor_crd() -> Json:
    """As much of the Prometheus operator as the chart touches."""
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
    names = {"plural": "servicemonitors", "kind": "ServiceMonitor", "singular": "servicemonitor"}
    spec = {"group": "monitoring.coreos.com", "names": names, "scope": "Namespaced", "versions": [version]}
    return {"metadata": {"name": "servicemonitors.monitoring.coreos.com"}, "spec": spec}


async def test_the_notes_say_what_to_click_next(helm: Helm) -> None:
    release = await helm.install(values(publicUrl="https://bot.example.com"))
    assert "https://bot.example.com/webhooks/github" in release.notes
    assert "/vteam fix" in release.notes
    assert "WARNING" not in release.notes


async def test_the_notes_warn_of_a_store_that_goes_with_its_pod(helm: Helm) -> None:
    release = await helm.install(values(persistence={"enabled": False}))
    assert "WARNING: persistence.enabled is false" in release.notes
    assert release.of("PersistentVolumeClaim") == []


@pytest.mark.parametrize("given", [values(), split()], ids=["one pod", "two halves"])
async def test_the_cluster_knows_every_field_that_the_chart_writes(helm: Helm, address: Address, given: Json) -> None:
    release = await helm.install({**given, "ingress": {"enabled": True, "host": "a.example.com"}})
    answers = {each["kind"]: await strictly(address, each) for each in release.documents}
    assert {kind: words for kind, words in answers.items() if words} == {}


async def test_a_field_that_no_cluster_knows_would_be_noticed(helm: Helm, address: Address) -> None:
    release = await helm.install(values(extraEnv=[{"name": "PROXY", "vale": "http://proxy"}]))
    assert "vale" in await strictly(address, release.one("Deployment", "vteam-bot"))


async def strictly(address: Address, document: Json) -> str:
    """What the server says against an object when it is asked to take it strictly, and not to keep it."""
    [kind] = [item for item in BUILT_IN if item.kind == document["kind"]]
    metadata = document["metadata"]
    resource = Resource(kind.group, kind.version, kind.plural, kind.kind, kind.namespaced)
    path = resource.path(metadata.get("namespace", NAMESPACE))
    async with httpx.AsyncClient(base_url=address.url, trust_env=False) as client:
        query = {"dryRun": "All", "fieldValidation": "Strict"}
        answer = await client.post(path, params=query, json=document)
    # That it is there already is found out after its fields have been looked at.
    return "" if answer.status_code == 409 else answer.text


async def test_helms_own_lint_has_nothing_to_warn_of(helm: Helm) -> None:
    told = await helm.lint()
    assert told["Errors"] is None
    assert [message for message in told["Messages"] if message["Severity"] > INFO] == []


def deployments(release: Release) -> list[Json]:
    return release.of("Deployment")


def by_name(release: Release) -> dict[str, Json]:
    return {each["metadata"]["name"]: each for each in deployments(release)}


def container_of(deployment: Json) -> Json:
    [container] = deployment["spec"]["template"]["spec"]["containers"]
    found: Json = container
    return found


def secret_environment(deployment: Json) -> Iterator[str]:
    """Names of the variables that come from Secrets."""
    for variable in container_of(deployment)["env"]:
        if "secretKeyRef" in variable.get("valueFrom", {}):
            yield variable["name"]


def settings_of(release: Release) -> Settings:
    """The settings that the process in the pod reads."""
    given: dict[str, Any] = release.one("ConfigMap", "vteam-bot")["data"]
    return Settings.read(**{name.removeprefix("VTEAM_").lower(): value for name, value in given.items()})
