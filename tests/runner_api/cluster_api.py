"""As much of a Kubernetes API as telling sessions by tokens needs: TokenReviews, accounts, sessions and their status.

Served over real HTTP beside the doors under test; what a test does not set up is unknown to it, and it can be down.
"""

import asyncio
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from crds.agentic_session import API_VERSION

GROUP = "/apis/vteam.ambient-code/v1alpha1/namespaces"


class ClusterApi:
    """`tokens` are (namespace, name, audiences) by token; `calls` counts requests by what they ask for."""

    def __init__(self) -> None:
        self.tokens: dict[str, tuple[str, str, list[str]]] = {}
        self.accounts: dict[tuple[str, str], dict[str, Any]] = {}
        self.sessions: dict[tuple[str, str], dict[str, Any]] = {}
        self.calls: list[str] = []
        self.patches: list[dict[str, Any]] = []
        self.patched = asyncio.Event()
        self.down = False
        self.forbids = False
        self.app = FastAPI()
        self.app.post("/apis/authentication.k8s.io/v1/tokenreviews")(self._review)
        self.app.get("/api/v1/namespaces/{namespace}/serviceaccounts/{name}")(self._account)
        self.app.get(GROUP + "/{namespace}/agenticsessions/{name}")(self._session)
        self.app.patch(GROUP + "/{namespace}/agenticsessions/{name}/status")(self._patch)

    def add_session(self, namespace: str, name: str) -> str:
        """A running session with its account and pod; gives the pod's token."""
        uid, token = f"uid-{namespace}-{name}", f"token-of-{namespace}-{name}"
        metadata = {"namespace": namespace, "name": name}
        self.sessions[namespace, name] = {"metadata": {**metadata, "uid": uid}, "status": {"phase": "Running"}}
        owner = {"apiVersion": API_VERSION, "kind": "AgenticSession", "name": name, "uid": uid, "controller": True}
        account = {**metadata, "uid": f"account-{uid}", "ownerReferences": [owner]}
        self.accounts[namespace, name] = {"metadata": account}
        self.tokens[token] = (namespace, name, ["vteam-bot"])
        return token

    def status(self, namespace: str, name: str) -> dict[str, Any]:
        status: dict[str, Any] = self.sessions[namespace, name]["status"]
        return status

    async def _review(self, request: Request) -> JSONResponse:
        spec = (await request.json())["spec"]
        known = self.tokens.get(spec["token"])
        status: dict[str, Any] = {"authenticated": False, "error": "no such token"}
        if known:
            namespace, name, audiences = known
            uid = self.accounts.get((namespace, name), {"metadata": {"uid": "gone"}})["metadata"]["uid"]
            user = {"username": f"system:serviceaccount:{namespace}:{name}", "uid": uid}
            shared = [each for each in spec["audiences"] if each in audiences]
            status = {"authenticated": bool(shared), "user": user, "audiences": shared}
        return self._answer("review", {"status": status})

    async def _account(self, namespace: str, name: str) -> JSONResponse:
        return self._answer("account", self.accounts.get((namespace, name)))

    async def _session(self, namespace: str, name: str) -> JSONResponse:
        return self._answer("session", self.sessions.get((namespace, name)))

    async def _patch(self, namespace: str, name: str, request: Request) -> JSONResponse:
        patch = await request.json()
        session = self.sessions.get((namespace, name))
        if session and not self.down:
            assert patch["metadata"] == {"uid": session["metadata"]["uid"]}
            assert request.headers["content-type"] == "application/merge-patch+json"
            self.patches.append(patch["status"]["progress"])
            self.patched.set()
            session["status"].setdefault("progress", {}).update(patch["status"]["progress"])
        return self._answer("patch", session)

    def _answer(self, call: str, body: Any) -> JSONResponse:
        self.calls.append(call)
        if self.down:
            return JSONResponse({"kind": "Status", "code": 500, "message": "down"}, 500)
        if self.forbids:
            return JSONResponse({"kind": "Status", "code": 403, "reason": "Forbidden", "message": "no rights"}, 403)
        if body is None:
            return JSONResponse({"kind": "Status", "code": 404, "reason": "NotFound", "message": "not found"}, 404)
        return JSONResponse(body)
