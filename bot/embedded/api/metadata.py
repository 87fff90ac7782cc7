"""ObjectMeta: what the server writes into it, and what it refuses in it.

`objects` calls these on every write. Names are checked by the rule of their kind, as in Kubernetes; wording is
apimachinery's.
"""

import re
import secrets
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from bot.embedded.api.status_errors import FieldError, bad_request, field_forbidden, invalid_value, required

LABEL = re.compile(r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?\Z")
SUBDOMAIN = re.compile(r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\Z")
QUALIFIED = re.compile(r"^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]\Z")
VALUE = re.compile(r"^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?\Z")
LABEL_TEXT = (
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end "
    "with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is "
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
)
SUBDOMAIN_TEXT = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start "
    "and end with an alphanumeric character (e.g. 'example.com', regex used for validation is "
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
)
NAME_PART_TEXT = (
    "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric "
    "character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is "
    "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
)
VALUE_TEXT = (
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and "
    "end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is "
    "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
)
SUFFIX_LETTERS = "bcdfghjklmnpqrstvwxz2456789"
LABEL_NAMED = ("namespaces", "services")
PATH_NAMED = ("roles", "rolebindings", "clusterroles", "clusterrolebindings")
ANNOTATION_LIMIT = 256 * 1024
STRINGS = ("name", "generateName", "namespace", "uid", "resourceVersion", "creationTimestamp", "deletionTimestamp")
OTHERS = ("labels", "annotations", "finalizers", "ownerReferences", "managedFields", "generation")
FIELDS = frozenset((*STRINGS, *OTHERS, "deletionGracePeriodSeconds", "selfLink"))


def now() -> str:
    """The present, as Kubernetes writes times: whole seconds, UTC."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def new_uid() -> str:
    return str(uuid.uuid4())


def generated_name(prefix: str) -> str:
    """`prefix` and five random letters, cut so that the whole is a label of at most 63 characters."""
    return prefix[:58] + "".join(secrets.choice(SUFFIX_LETTERS) for _ in range(5))


def read_metadata(document: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The document's metadata with its JSON types checked; also the names of unknown fields, which are dropped."""
    metadata = document.get("metadata")
    if metadata is None:
        metadata = document["metadata"] = {}
    if not isinstance(metadata, dict):
        raise bad_request("metadata: Invalid value: must be an object")
    unknown = [key for key in metadata if key not in FIELDS]
    for key in [key for key, value in metadata.items() if value is None or key not in FIELDS or key == "selfLink"]:
        del metadata[key]
    for key in STRINGS:
        if not isinstance(metadata.get(key, ""), str):
            raise _mistyped(key, "string")
    for key in ("labels", "annotations"):
        _check_strings(metadata, key)
    _check_lists(metadata)
    return metadata, [f"metadata.{key}" for key in unknown]


def _check_strings(metadata: dict[str, Any], key: str) -> None:
    entries = metadata.get(key, {})
    if not isinstance(entries, dict):
        raise _mistyped(key, "map[string]string")
    for name, value in list(entries.items()):
        if value is None:
            entries[name] = ""
        elif not isinstance(value, str):
            raise _mistyped(f"{key}.{name}", "string")
    if key in metadata and not entries:
        del metadata[key]


def _check_lists(metadata: dict[str, Any]) -> None:
    finalizers = metadata.get("finalizers", [])
    if not isinstance(finalizers, list) or not all(isinstance(item, str) for item in finalizers):
        raise _mistyped("finalizers", "[]string")
    metadata["finalizers"] = list(dict.fromkeys(finalizers))
    owners = metadata.get("ownerReferences", [])
    if not isinstance(owners, list) or not all(isinstance(item, dict) for item in owners):
        raise _mistyped("ownerReferences", "[]v1.OwnerReference")
    if not isinstance(metadata.get("managedFields", []), list):
        raise _mistyped("managedFields", "[]v1.ManagedFieldsEntry")
    for key in ("finalizers", "ownerReferences", "managedFields"):
        if key in metadata and not metadata[key]:
            del metadata[key]


def _mistyped(key: str, wanted: str) -> Exception:
    return bad_request(f"json: cannot unmarshal metadata.{key} into Go value of type {wanted}")


def check_metadata(metadata: dict[str, Any], plural: str, *, namespaced: bool) -> Iterator[FieldError]:
    """What is wrong with a complete ObjectMeta, its name included."""
    name = metadata.get("name", "")
    if not name:
        yield required("metadata.name", "name or generateName is required")
    else:
        yield from check_name(name, plural)
    if namespaced and not metadata.get("namespace"):
        yield required("metadata.namespace")
    for key, value in metadata.get("labels", {}).items():
        yield from _check_key(key, "metadata.labels")
        yield from _check_label_value(value, "metadata.labels")
    for key in metadata.get("annotations", {}):
        yield from _check_key(key.lower(), "metadata.annotations")
    if sum(len(key) + len(value) for key, value in metadata.get("annotations", {}).items()) > ANNOTATION_LIMIT:
        detail = f"Too long: may not be more than {ANNOTATION_LIMIT} bytes"
        yield FieldError("metadata.annotations", "FieldValueTooLong", detail)
    for index, finalizer in enumerate(metadata.get("finalizers", ())):
        yield from _check_key(finalizer, f"metadata.finalizers[{index}]")
    yield from _check_owners(metadata.get("ownerReferences", ()))


def check_name(name: str, plural: str, path: str = "metadata.name") -> Iterator[FieldError]:
    """Most kinds are named as DNS subdomains; namespaces and services as labels; RBAC as path segments."""
    if plural in PATH_NAMED:
        if name in (".", "..") or "/" in name or "%" in name:
            yield invalid_value(path, name, "may not contain '/' or '%', or be '.' or '..'")
        return
    limit, pattern, text = (63, LABEL, LABEL_TEXT) if plural in LABEL_NAMED else (253, SUBDOMAIN, SUBDOMAIN_TEXT)
    if len(name) > limit:
        yield invalid_value(path, name, f"must be no more than {limit} bytes")
    if not pattern.match(name):
        yield invalid_value(path, name, text)


def _check_key(key: str, path: str) -> Iterator[FieldError]:
    prefix, slash, local = key.rpartition("/")
    if slash and not prefix:
        yield invalid_value(path, key, "prefix part must be non-empty")
    elif slash and not (SUBDOMAIN.match(prefix) and len(prefix) <= 253):
        yield invalid_value(path, key, f"prefix part {SUBDOMAIN_TEXT}")
    if not local:
        yield invalid_value(path, key, "name part must be non-empty")
    elif len(local) > 63:
        yield invalid_value(path, key, "name part must be no more than 63 bytes")
    if not QUALIFIED.match(local):
        yield invalid_value(path, key, NAME_PART_TEXT)


def _check_label_value(value: str, path: str) -> Iterator[FieldError]:
    if len(value) > 63:
        yield invalid_value(path, value, "must be no more than 63 bytes")
    if not VALUE.match(value):
        yield invalid_value(path, value, VALUE_TEXT)


def _check_owners(owners: Any) -> Iterator[FieldError]:
    controllers = 0
    for index, owner in enumerate(owners):
        path = f"metadata.ownerReferences[{index}]"
        for key in ("apiVersion", "kind", "name", "uid"):
            value = owner.get(key)
            if not isinstance(value, str) or not value:
                yield invalid_value(f"{path}.{key}", value or "", "must not be empty")
        controllers += owner.get("controller") is True
    if controllers > 1:
        text = "Only one reference can have Controller set to true"
        yield invalid_value("metadata.ownerReferences", "object", text)


def carry_over(metadata: dict[str, Any], old: dict[str, Any]) -> None:
    """What only the server writes stays as it was, whatever an update says."""
    for key in ("uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generation"):
        if key in old:
            metadata[key] = old[key]
        else:
            metadata.pop(key, None)
    metadata["name"], metadata["resourceVersion"] = old["name"], old["resourceVersion"]


def check_finalizers(metadata: dict[str, Any], old: dict[str, Any]) -> Iterator[FieldError]:
    """An object that is being deleted gets no new finalizers."""
    added = sorted(set(metadata.get("finalizers", ())) - set(old.get("finalizers", ())))
    if "deletionTimestamp" in old and added:
        listed = ", ".join(f'"{item}"' for item in added)
        text = "no new finalizers can be added if the object is being deleted, found new finalizers []string{" + listed
        yield field_forbidden("metadata.finalizers", text + "}")
