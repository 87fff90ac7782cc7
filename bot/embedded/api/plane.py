"""The parts of one running API server, held together for the handlers. `app` builds it; it decides nothing."""

from dataclasses import dataclass, field
from pathlib import Path

from bot.embedded.api.openapi import OpenApi
from bot.embedded.api.rbac import Authorizer
from bot.embedded.api.registry import Registry
from bot.embedded.api.store import ApiStore
from bot.embedded.api.tokens import Tokens


@dataclass(slots=True)
class Plane:
    store: ApiStore
    registry: Registry
    authorizer: Authorizer
    tokens: Tokens
    log_directory: Path | None = None
    bookmark_seconds: float = 60.0
    closing: bool = False
    openapi: OpenApi = field(default_factory=OpenApi)
