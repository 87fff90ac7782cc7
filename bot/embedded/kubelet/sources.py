"""What a pod's environment and volumes are made of: values from ConfigMaps, Secrets and the pod itself. Pure.

`needs` names the objects that must be read first; with them in hand, `environment` and `volume_files` give words and
files. What is not there yet raises `Missing` (it may come); what this kubelet does not know raises `Unsupported`.
"""

import base64
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bot.cluster import CONFIG_MAPS, SECRETS, Json, Resource

_REFERENCE = re.compile(r"\$(\$|\(([A-Za-z_.-][A-Za-z0-9_.-]*)\))")
_KEYED = re.compile(r"metadata\.(labels|annotations)\['([^']+)'\]")
KINDS = {"secret": SECRETS, "configMap": CONFIG_MAPS}

type Found = Mapping[tuple[Resource, str], Json | None]


class Missing(Exception):
    """A ConfigMap, Secret or key that the pod needs is not there (yet); the message is the kubelet's."""


class Unsupported(Exception):
    """The pod asks for something that this kubelet does not do, and does not imitate."""


@dataclass(frozen=True)
class Token:
    """A projected ServiceAccount token: its file's name in the volume, and what to ask for."""

    path: str
    audience: str | None
    seconds: int


def needs(pod: Json) -> set[tuple[Resource, str]]:
    """The Secrets and ConfigMaps that the pod speaks of."""
    return {*_needs_of_containers(pod["spec"]), *_needs_of_volumes(pod["spec"])}


def _needs_of_containers(spec: Json) -> Iterator[tuple[Resource, str]]:
    for container in [*(spec.get("initContainers") or []), *spec["containers"]]:
        for entry in container.get("env") or []:
            source = entry.get("valueFrom") or {}
            for key, kind in (("secretKeyRef", SECRETS), ("configMapKeyRef", CONFIG_MAPS)):
                if key in source:
                    yield kind, source[key]["name"]
        for entry in container.get("envFrom") or []:
            for key, kind in (("secretRef", SECRETS), ("configMapRef", CONFIG_MAPS)):
                if key in entry:
                    yield kind, entry[key]["name"]


def _needs_of_volumes(spec: Json) -> Iterator[tuple[Resource, str]]:
    for volume in spec.get("volumes") or []:
        for source in [volume, *((volume.get("projected") or {}).get("sources") or [])]:
            for key, kind in KINDS.items():
                if key in source:
                    yield kind, source[key].get("secretName") or source[key]["name"]


def environment(pod: Json, container: Json, found: Found) -> dict[str, str]:
    """The container's variables, in order, with $(NAME) references to earlier ones filled in."""
    env: dict[str, str] = {}
    for entry in container.get("envFrom") or []:
        env |= _from_whole(entry, found)
    for entry in container.get("env") or []:
        value = _value(pod, entry, found)
        if value is not None:
            env[entry["name"]] = expand(value, env)
    return env


def expand(text: str, env: Mapping[str, str]) -> str:
    """Kubernetes' $(NAME); $$ is a literal $, and an unknown name stays as it stands."""
    return _REFERENCE.sub(lambda m: "$" if m[1] == "$" else env.get(m[2], m[0]), text)


def _from_whole(entry: Json, found: Found) -> dict[str, str]:
    for key, kind in (("secretRef", SECRETS), ("configMapRef", CONFIG_MAPS)):
        if key in entry:
            data = _data(kind, entry[key]["name"], found, optional=bool(entry[key].get("optional")))
            return {
                f"{entry.get('prefix', '')}{name}": value.decode("utf-8", "replace") for name, value in data.items()
            }
    raise Unsupported("envFrom knows secretRef and configMapRef only")


def _value(pod: Json, entry: Json, found: Found) -> str | None:
    source = entry.get("valueFrom")
    if source is None:
        return str(entry.get("value", ""))
    if "fieldRef" in source:
        return field_of(pod, source["fieldRef"]["fieldPath"])
    for key, kind in (("secretKeyRef", SECRETS), ("configMapKeyRef", CONFIG_MAPS)):
        if key in source:
            return _by_key(kind, source[key], found)
    raise Unsupported(f"env {entry['name']}: valueFrom knows fieldRef, secretKeyRef and configMapKeyRef only")


def _by_key(kind: Resource, reference: Json, found: Found) -> str | None:
    optional = bool(reference.get("optional"))
    data = _data(kind, reference["name"], found, optional=optional)
    if reference["key"] in data:
        return data[reference["key"]].decode("utf-8", "replace")
    if optional:
        return None
    raise Missing(f"couldn't find key {reference['key']} in {kind.kind} {reference['name']}")


def field_of(pod: Json, path: str) -> str:
    """The downward API: one field of the pod, as text."""
    metadata, spec = pod["metadata"], pod["spec"]
    plain = {
        "metadata.name": metadata["name"],
        "metadata.namespace": metadata["namespace"],
        "metadata.uid": metadata["uid"],
        "spec.nodeName": spec.get("nodeName", ""),
        "spec.serviceAccountName": spec.get("serviceAccountName", ""),
        "status.podIP": "127.0.0.1",
        "status.hostIP": "127.0.0.1",
    }
    if path in plain:
        return str(plain[path])
    if keyed := _KEYED.fullmatch(path):
        return str((metadata.get(keyed[1]) or {}).get(keyed[2], ""))
    raise Unsupported(f"the field {path} cannot be read by a pod here")


def _data(kind: Resource, name: str, found: Found, *, optional: bool) -> dict[str, bytes]:
    thing = found.get((kind, name))
    if thing is None:
        if optional:
            return {}
        raise Missing(f'{kind.kind.lower()} "{name}" not found')
    binary = thing.get("data") if kind is SECRETS else thing.get("binaryData")
    data = {key: base64.b64decode(value) for key, value in (binary or {}).items()}
    if kind is CONFIG_MAPS:
        data |= {key: value.encode() for key, value in (thing.get("data") or {}).items()}
    return data


def volume_files(pod: Json, volume: Json, found: Found) -> dict[str, bytes]:
    """The files of a volume by relative path, tokens excepted; {} for an emptyDir."""
    kinds = [key for key in volume if key != "name"]
    match kinds:
        case ["emptyDir"]:
            return {}
        case ["secret" | "configMap" | "downwardAPI"]:
            return _files(pod, volume, found)
        case ["projected"]:
            sources = volume["projected"].get("sources") or []
            files = [_files(pod, source, found) for source in sources if "serviceAccountToken" not in source]
            return {path: content for one in files for path, content in one.items()}
    raise Unsupported(f"volume {volume['name']}: {', '.join(kinds)} volumes do not exist here")


def tokens(volume: Json) -> list[Token]:
    """The tokens that are projected into a volume."""
    found: list[Token] = []
    for source in (volume.get("projected") or {}).get("sources") or []:
        if wanted := source.get("serviceAccountToken"):
            seconds = int(wanted.get("expirationSeconds", 3600))
            found.append(Token(_relative(wanted["path"]), wanted.get("audience"), seconds))
    return found


def _files(pod: Json, source: Json, found: Found) -> dict[str, bytes]:
    for key, kind in KINDS.items():
        if key in source:
            wanted = source[key]
            name = wanted.get("secretName") or wanted["name"]
            data = _data(kind, name, found, optional=bool(wanted.get("optional")))
            return _chosen(data, wanted, f"{kind.kind} {name}")
    if "downwardAPI" in source:
        items = source["downwardAPI"].get("items") or []
        return {
            _relative(i["path"]): field_of(pod, (i.get("fieldRef") or {}).get("fieldPath", "")).encode() for i in items
        }
    raise Unsupported(f"a projected volume knows no source {', '.join(source)}")


def _chosen(data: dict[str, bytes], wanted: Json, of: str) -> dict[str, bytes]:
    if not wanted.get("items"):
        return {_relative(key): content for key, content in data.items()}
    files: dict[str, bytes] = {}
    for item in wanted["items"]:
        if item["key"] in data:
            files[_relative(item["path"])] = data[item["key"]]
        elif not wanted.get("optional"):
            raise Missing(f"references non-existent key {item['key']} in {of}")
    return files


def _relative(path: str) -> str:
    """A path that stays inside its volume; the API server has checked it, a kubelet does not rely on that."""
    if not path or path.startswith("/") or ".." in path.split("/"):
        raise Unsupported(f"{path!r} leads out of its volume")
    return path
