"""The Job of a session: a pure function from the session and the installation's rules to two manifests.

Called by session_observed.py, snapshot-tested. The pod holds no power: no Kubernetes token but the projected one for
the bot's audience, no key, no write token, nothing that its session does not own.
"""

from dataclasses import dataclass
from typing import Any

from crds.agentic_session import API_VERSION
from handlers.gpu import placement
from handlers.session import SESSION_LABEL, Session

Json = dict[str, Any]

WORKSPACE = "/workspace"
HOME = "/home/runner"
TMP = "/tmp"  # noqa: S108 - the mount point of a volume of the pod's own
TOKENS = "/var/run/secrets/vteam"
QUEUE_LABEL = "kueue.x-k8s.io/queue-name"


@dataclass(frozen=True)
class RunnerRules:
    """What the installation decides for every Job."""

    image: str = "vteam-bot:latest"
    pull_secrets: tuple[str, ...] = ()
    """Secrets that open the image's registry."""
    bot_url: str = "http://vteam-bot"
    """Address of the web half, as a pod reaches it."""
    audience: str = "vteam-bot"
    """Audience of the projected token."""
    cpu: str = "1"
    memory: str = "2Gi"
    workspace: str = "10Gi"
    timeout: int = 1800
    """Seconds a session may take that names none."""
    grace: int = 30
    """Seconds from the stop signal to the kill."""
    keep: int = 3600
    """Seconds that a finished Job is kept to be looked at."""
    rerank: bool = False
    """Whether the runner may ask the small model for the order of the likeliest files."""
    deadline_margin: int = 120
    """Seconds the Job is given beyond the runner's own limit, so that the runner can report first."""


def service_account(session: Session) -> Json:
    """The account the pod proves itself with: one a session, with no rights at all."""
    return {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": _metadata(session),
        "automountServiceAccountToken": False,
    }


def job(session: Session, rules: RunnerRules) -> Json:
    """The Job that runs the session."""
    metadata = _metadata(session)
    # Only the Job is queued: a pod with this label would be a workload of its own.
    queue = {QUEUE_LABEL: session.work.queue} if session.work.queue else {}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": metadata | {"labels": metadata["labels"] | queue},
        "spec": {
            "completions": 1,
            "parallelism": 1,
            "backoffLimit": 0,
            "activeDeadlineSeconds": timeout(session, rules) + rules.deadline_margin,
            "ttlSecondsAfterFinished": rules.keep,
            "podReplacementPolicy": "Failed",
            "podFailurePolicy": {
                "rules": [
                    # A drained node or an evicted pod is nobody's fault: the Job starts another pod, uncounted.
                    {"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]},
                ]
            },
            "template": {"metadata": {"labels": metadata["labels"]}, "spec": _pod(session, rules)},
        },
    }


def timeout(session: Session, rules: RunnerRules) -> int:
    """Seconds that the runner may take."""
    return session.work.timeout or rules.timeout


def _metadata(session: Session) -> Json:
    return {
        "name": session.name,
        "namespace": session.namespace,
        "labels": {
            "app.kubernetes.io/name": "vteam-runner",
            "app.kubernetes.io/managed-by": "vteam-bot",
            SESSION_LABEL: session.name,
        },
        "ownerReferences": [
            {
                "apiVersion": API_VERSION,
                "kind": "AgenticSession",
                "name": session.name,
                "uid": session.uid,
                "controller": True,
                "blockOwnerDeletion": True,
            }
        ],
    }


def _pod(session: Session, rules: RunnerRules) -> Json:
    pod: Json = {
        "serviceAccountName": session.name,
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "restartPolicy": "Never",
        "terminationGracePeriodSeconds": rules.grace,
        "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
        "containers": [_container(session, rules)],
        "volumes": _volumes(rules),
    }
    if rules.pull_secrets:
        pod["imagePullSecrets"] = [{"name": name} for name in rules.pull_secrets]
    if session.work.resources.priority_class:
        pod["priorityClassName"] = session.work.resources.priority_class
    if session.work.gpu:
        place = placement(session.work.gpu)
        pod["tolerations"] = list(place.tolerations)
        if place.match_expressions:
            pod["affinity"] = _required(place.match_expressions)
    return pod


def _required(expressions: tuple[Json, ...]) -> Json:
    term = {"nodeSelectorTerms": [{"matchExpressions": list(expressions)}]}
    return {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": term}}


def _container(session: Session, rules: RunnerRules) -> Json:
    return {
        "name": "runner",
        "image": rules.image,
        "command": ["python", "-I", "-m", "runner"],
        "terminationMessagePolicy": "FallbackToLogsOnError",
        "env": [{"name": name, "value": value} for name, value in _environment(session, rules).items()],
        "resources": _resources(session, rules),
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": [
            {"name": "workspace", "mountPath": WORKSPACE},
            {"name": "home", "mountPath": HOME},
            {"name": "tmp", "mountPath": TMP},
            {"name": "token", "mountPath": TOKENS, "readOnly": True},
        ],
    }


def _environment(session: Session, rules: RunnerRules) -> dict[str, str]:
    bot = rules.bot_url.rstrip("/")
    return {
        "VTEAM_API_URL": f"{bot}/sessions/{session.key}",
        "VTEAM_MODEL_URL": f"{bot}/model/{session.key}",
        "VTEAM_TOKEN_FILE": f"{TOKENS}/token",
        "VTEAM_WORKSPACE": WORKSPACE,
        "HOME": HOME,
        "TMPDIR": TMP,
        **({"VTEAM_CONTEXT_RERANK": "1"} if rules.rerank else {}),
    }


def _resources(session: Session, rules: RunnerRules) -> Json:
    asked = session.work.resources
    amounts = {"cpu": asked.cpu or rules.cpu, "memory": asked.memory or rules.memory}
    limits = {"memory": amounts["memory"]}
    if session.work.gpu:
        limits |= placement(session.work.gpu).limits
    return {"requests": amounts, "limits": limits}


def _volumes(rules: RunnerRules) -> list[Json]:
    token = {"path": "token", "audience": rules.audience, "expirationSeconds": 3600}
    return [
        {"name": "workspace", "emptyDir": {"sizeLimit": rules.workspace}},
        {"name": "home", "emptyDir": {"sizeLimit": "1Gi"}},
        {"name": "tmp", "emptyDir": {"sizeLimit": "2Gi"}},
        {"name": "token", "projected": {"sources": [{"serviceAccountToken": token}]}},
    ]
