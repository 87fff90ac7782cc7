"""The embedded control plane's API server: Kubernetes' API for a closed list of resources and for CRDs, on SQLite.

`vteam up`, `vteam demo` and the tests serve `api_app(store, admin_token=…)` on loopback. It speaks to its controllers
and kubelets only through that API; it must never be reachable from another machine.
"""

from bot.embedded.api.app import ApiApp, api_app
from bot.embedded.api.crds import load_crds
from bot.embedded.api.pod_logs import log_path
from bot.embedded.api.store import ApiStore

__all__ = ["ApiApp", "ApiStore", "api_app", "load_crds", "log_path"]
