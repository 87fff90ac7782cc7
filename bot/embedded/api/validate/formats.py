"""The `format`s of OpenAPI that Kubernetes checks in custom resources. An unknown format is no restriction, as there.

`check` looks a checker up here by name; each is a pure function from a string to whether it is well formed.
"""

import base64
import binascii
import ipaddress
import re
import uuid
from collections.abc import Callable
from datetime import date, datetime
from urllib.parse import urlsplit

DURATION = re.compile(r"^([+-]?(\d+(\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h))+\Z|^0\Z")
DATE_TIME = re.compile(r"^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})\Z")
HOSTNAME = re.compile(
    r"^(?=.{1,253}\Z)[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*\Z"
)
EMAIL = re.compile(r"^[^@\s]+@[^@\s]+\Z")


def _parses(parse: Callable[[str], object]) -> Callable[[str], bool]:
    def check(text: str) -> bool:
        try:
            parse(text)
        except (ValueError, binascii.Error):
            return False
        return True

    return check


def _is_date_time(text: str) -> bool:
    return bool(DATE_TIME.match(text)) and _parses(datetime.fromisoformat)(text.upper())


def _is_uri(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return bool(parts.scheme) or text.startswith("/")


def _is_byte(text: str) -> bool:
    return _parses(lambda value: base64.b64decode(value, validate=True))(text)


def _is_uuid(text: str) -> bool:
    return len(text.replace("-", "")) == 32 and _parses(uuid.UUID)(text)


def _is_cidr(text: str) -> bool:
    return "/" in text and _parses(lambda value: ipaddress.ip_network(value, strict=False))(text)


CHECKERS: dict[str, Callable[[str], bool]] = {
    "byte": _is_byte,
    "cidr": _is_cidr,
    "date": _parses(date.fromisoformat),
    "date-time": _is_date_time,
    "datetime": _is_date_time,
    "duration": lambda text: bool(DURATION.match(text)),
    "email": lambda text: bool(EMAIL.match(text)),
    "hostname": lambda text: bool(HOSTNAME.match(text)),
    "ipv4": _parses(ipaddress.IPv4Address),
    "ipv6": _parses(ipaddress.IPv6Address),
    "uri": _is_uri,
    "uuid": _is_uuid,
}
