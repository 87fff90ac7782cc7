"""Pod specs as they stand in pods, jobs and deployments: Kubernetes' defaults, and the checks that matter here.

Called by the strategies of those kinds. Fields that no part of this control plane acts on are stored as they came.
"""

from collections.abc import Iterator
from typing import Any

from bot.embedded.api.metadata import LABEL, LABEL_TEXT, SUBDOMAIN, SUBDOMAIN_TEXT
from bot.embedded.api.status_errors import FieldError, invalid_value, not_supported, required
from bot.embedded.api.validate.quantity import parse_quantity

type Spec = dict[str, Any]

RESTART_POLICIES = ("Always", "Never", "OnFailure")
PULL_POLICIES = ("Always", "IfNotPresent", "Never")
DEFAULT_MODE = 420  # 0644


def complete_pod_spec(spec: Spec) -> None:
    """Kubernetes' defaults for a pod spec."""
    spec.setdefault("restartPolicy", "Always")
    spec.setdefault("terminationGracePeriodSeconds", 30)
    spec.setdefault("dnsPolicy", "ClusterFirst")
    spec.setdefault("securityContext", {})
    spec.setdefault("schedulerName", "default-scheduler")
    account = spec.get("serviceAccountName") or spec.get("serviceAccount")
    if account:
        spec["serviceAccountName"] = spec["serviceAccount"] = account
    for key in ("initContainers", "containers"):
        for container in spec.get(key) or ():
            _complete_container(container)
    for volume in spec.get("volumes") or ():
        _complete_volume(volume)


def _complete_container(container: Spec) -> None:
    container.setdefault("terminationMessagePath", "/dev/termination-log")
    container.setdefault("terminationMessagePolicy", "File")
    container.setdefault("resources", {})
    if "imagePullPolicy" not in container:
        _, _, tag = container.get("image", "").rpartition("/")[2].partition(":")
        container["imagePullPolicy"] = "Always" if tag in ("", "latest") else "IfNotPresent"
    for key in ("limits", "requests"):
        amounts = container["resources"].get(key) or {}
        for name, amount in amounts.items():
            amounts[name] = str(amount)
    limits = container["resources"].get("limits")
    if limits:
        requests = container["resources"].setdefault("requests", {})
        for name, amount in limits.items():
            requests.setdefault(name, amount)
    for variable in container.get("env") or ():
        reference = (variable.get("valueFrom") or {}).get("fieldRef")
        if reference is not None:
            reference.setdefault("apiVersion", "v1")
    for probe in ("livenessProbe", "readinessProbe", "startupProbe"):
        if container.get(probe):
            _complete_probe(container[probe])


def _complete_probe(probe: Spec) -> None:
    for key, value in (("timeoutSeconds", 1), ("periodSeconds", 10), ("successThreshold", 1), ("failureThreshold", 3)):
        probe.setdefault(key, value)
    if probe.get("httpGet"):
        probe["httpGet"].setdefault("scheme", "HTTP")
        probe["httpGet"].setdefault("path", "/")


def _complete_volume(volume: Spec) -> None:
    if len(volume) == 1:
        volume["emptyDir"] = {}
    for key in ("secret", "configMap", "downwardAPI", "projected"):
        if volume.get(key) is not None:
            volume[key].setdefault("defaultMode", DEFAULT_MODE)
    if volume.get("hostPath") is not None:
        volume["hostPath"].setdefault("type", "")
    for source in (volume.get("projected") or {}).get("sources") or ():
        if source.get("serviceAccountToken") is not None:
            source["serviceAccountToken"].setdefault("expirationSeconds", 3600)


def check_pod_spec(spec: Spec, path: str) -> Iterator[FieldError]:
    """What Kubernetes would refuse in a pod spec, as far as this control plane relies on it."""
    if not spec.get("containers"):
        yield required(f"{path}.containers")
    if spec.get("restartPolicy") not in RESTART_POLICIES:
        yield not_supported(f"{path}.restartPolicy", spec.get("restartPolicy"), RESTART_POLICIES)
    deadline = spec.get("activeDeadlineSeconds")
    if deadline is not None and deadline < 1:
        yield invalid_value(f"{path}.activeDeadlineSeconds", deadline, "must be between 1 and 2147483647, inclusive")
    account = spec.get("serviceAccountName", "")
    if account and not SUBDOMAIN.match(account):
        yield invalid_value(f"{path}.serviceAccountName", account, SUBDOMAIN_TEXT)
    volumes = {volume.get("name") for volume in spec.get("volumes") or ()}
    yield from _check_volumes(spec.get("volumes") or (), f"{path}.volumes")
    seen: set[str] = set()
    for key in ("containers", "initContainers"):
        for index, container in enumerate(spec.get(key) or ()):
            yield from _check_container(container, f"{path}.{key}[{index}]", volumes)
            if container.get("name") in seen:
                where, shown = f"{path}.{key}[{index}].name", container.get("name")
                yield FieldError(where, "FieldValueDuplicate", f'Duplicate value: "{shown}"')
            seen.add(container.get("name", ""))


def _check_volumes(volumes: Any, path: str) -> Iterator[FieldError]:
    for index, volume in enumerate(volumes):
        name = volume.get("name", "")
        if not LABEL.match(name):
            yield invalid_value(f"{path}[{index}].name", name, LABEL_TEXT)
        if len(volume) > 2:
            yield FieldError(
                f"{path}[{index}]", "FieldValueForbidden", "Forbidden: may not specify more than 1 volume type"
            )


def _check_container(container: Spec, path: str, volumes: set[Any]) -> Iterator[FieldError]:
    name = container.get("name", "")
    if not name:
        yield required(f"{path}.name")
    elif not LABEL.match(name) or len(name) > 63:
        yield invalid_value(f"{path}.name", name, LABEL_TEXT)
    if not container.get("image"):
        yield required(f"{path}.image")
    if container.get("imagePullPolicy") not in PULL_POLICIES:
        yield not_supported(f"{path}.imagePullPolicy", container.get("imagePullPolicy"), PULL_POLICIES)
    for index, mount in enumerate(container.get("volumeMounts") or ()):
        if mount.get("name") not in volumes:
            where = f"{path}.volumeMounts[{index}].name"
            yield FieldError(where, "FieldValueNotFound", f'Not found: "{mount.get("name")}"')
    yield from _check_resources(container.get("resources") or {}, f"{path}.resources")


def _check_resources(resources: Spec, path: str) -> Iterator[FieldError]:
    amounts: dict[str, dict[str, Any]] = {"limits": {}, "requests": {}}
    for key, parsed in amounts.items():
        for name, text in (resources.get(key) or {}).items():
            try:
                parsed[name] = parse_quantity(text)
            except ValueError as error:
                yield invalid_value(f"{path}.{key}[{name}]", text, str(error))
    for name, asked in amounts["requests"].items():
        limit = amounts["limits"].get(name)
        if limit is not None and asked > limit:
            text = resources["requests"][name]
            why = f"must be less than or equal to {name} limit of {resources['limits'][name]}"
            yield invalid_value(f"{path}.requests", text, why)
