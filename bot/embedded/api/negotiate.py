"""Content types: which form of an answer the client accepts, and whether this server reads what it sent."""

from typing import Any, Literal

import orjson
import yaml

from bot.embedded.api.status_errors import bad_request, not_acceptable, unsupported, unsupported_media_type

type Form = Literal["json", "table", "partial"]

READABLE = ("application/json", "application/yaml")
WRITABLE = ("application/json",)
META = ("meta.k8s.io", "v1")


def form_of(accept: str) -> Form:
    """The first form in the Accept header that this server can write. ApiError 406 where there is none."""
    if not accept:
        return "json"
    for entry in accept.split(","):
        kind, *parameters = (part.strip() for part in entry.split(";"))
        if kind not in ("application/json", "*/*", "application/*"):
            continue
        given = dict(item.split("=", 1) for item in parameters if "=" in item)
        form = _form(given)
        if form is not None:
            return form
    raise not_acceptable(WRITABLE)


def _form(parameters: dict[str, str]) -> Form | None:
    wanted = parameters.get("as")
    if wanted is None:
        return "json"
    if (parameters.get("g"), parameters.get("v")) != META:
        return None
    if wanted == "Table":
        return "table"
    return "partial" if wanted in ("PartialObjectMetadata", "PartialObjectMetadataList") else None


def read_body(body: bytes, content_type: str, encoding: str) -> dict[str, Any]:
    """The JSON or YAML object in a body. ApiError: 400, 415."""
    kind = content_type.split(";", maxsplit=1)[0].strip().lower()
    if encoding and encoding.lower() != "identity":
        raise unsupported(f"the body of the request was in an unknown encoding: {encoding}")
    if kind not in ("", *READABLE):
        raise unsupported_media_type(READABLE)
    return parse_object(body, yaml_allowed=kind == "application/yaml")


def parse_object(body: bytes, *, yaml_allowed: bool) -> dict[str, Any]:
    """JSON, or where it is allowed YAML, which JSON is part of. ApiError 400 for anything but an object."""
    try:
        document = _parse(body, yaml_allowed=yaml_allowed)
    except (ValueError, yaml.YAMLError) as error:
        raise bad_request(f"couldn't get version/kind; json parse error: {error}") from error
    if not isinstance(document, dict):
        raise bad_request("couldn't get version/kind; json parse error: the body must be an object")
    return document


def _parse(body: bytes, *, yaml_allowed: bool) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        if not yaml_allowed:
            raise
    document = yaml.load(body, Loader=JsonLoader)  # noqa: S506 - a SafeLoader
    _refuse_shared(document, set())
    return orjson.loads(orjson.dumps(document))  # JSON's types only, string keys only


class JsonLoader(yaml.CSafeLoader):
    """A safe loader that leaves dates the text they were written as."""

    yaml_implicit_resolvers = {
        key: [(tag, pattern) for tag, pattern in found if tag != "tag:yaml.org,2002:timestamp"]
        for key, found in yaml.CSafeLoader.yaml_implicit_resolvers.items()
    }


def _refuse_shared(value: Any, seen: set[int]) -> None:
    """Aliases are refused: a few lines of them can mean gigabytes, and JSON has none."""
    if not isinstance(value, dict | list):
        return
    if id(value) in seen:
        raise ValueError("YAML aliases are not allowed")
    seen.add(id(value))
    for item in value.values() if isinstance(value, dict) else value:
        _refuse_shared(item, seen)
