"""Helm's engine in a process of its own: one JSON command a line in, one JSON answer a line out.

Started by helm.py with HELM_DRIVER=memory in its environment: Go reads the environment when the process starts, so that
a running Python process could not choose. Releases live as long as this process.
"""

import asyncio
import json
import sys
from typing import Any

import helm_sdkpy
from helm_sdkpy.exceptions import HelmError

ACTIONS = {"install": helm_sdkpy.Install, "upgrade": helm_sdkpy.Upgrade, "uninstall": helm_sdkpy.Uninstall}


class Child:
    def __init__(self) -> None:
        self._configurations: dict[tuple[str, str], Any] = {}

    def answer(self, command: dict[str, Any]) -> dict[str, Any]:
        """What Helm says to one command."""
        try:
            return {"result": asyncio.run(self._act(command))}
        except HelmError as refused:
            return {"refused": str(refused)}

    async def _act(self, command: dict[str, Any]) -> Any:
        configuration = self._configuration(command["kubeconfig"], command["namespace"])
        if command["action"] == "lint":
            return await helm_sdkpy.Lint(configuration).run(command["chart"])
        action = ACTIONS[command["action"]](configuration)
        return await action.run(command["release"], *command["arguments"], **command["options"])

    def _configuration(self, kubeconfig: str, namespace: str) -> Any:
        key = (kubeconfig, namespace)
        if key not in self._configurations:
            self._configurations[key] = helm_sdkpy.Configuration(namespace=namespace, kubeconfig=kubeconfig)
        return self._configurations[key]


def main() -> None:
    child = Child()
    for line in sys.stdin:
        sys.stdout.write(json.dumps(child.answer(json.loads(line))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
