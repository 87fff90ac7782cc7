"""The strategies of pods, jobs and deployments: defaults, what may never change, and what their status starts as."""

from collections.abc import Iterator
from copy import deepcopy

from bot.embedded.api.kinds.pod_template import check_pod_spec, complete_pod_spec
from bot.embedded.api.kinds.strategy import BuiltIn, Document
from bot.embedded.api.status_errors import FieldError, field_forbidden, invalid_value, not_supported, required

JOB_LABELS = ("batch.kubernetes.io/controller-uid", "controller-uid")
NAME_LABELS = ("batch.kubernetes.io/job-name", "job-name")
POD_RULE = (
    "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,"
    "`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),"
    "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)"
)


class Pods(BuiltIn):
    def prepare_create(self, document: Document) -> None:
        spec = document.setdefault("spec", {})
        complete_pod_spec(spec)
        spec.setdefault("serviceAccountName", "default")
        spec.setdefault("serviceAccount", spec["serviceAccountName"])
        spec.setdefault("enableServiceLinks", True)
        spec.setdefault("preemptionPolicy", "PreemptLowerPriority")
        spec.setdefault("priority", 0)
        document["status"] = {"phase": "Pending", "qosClass": qos_class(spec)}

    def prepare_update(self, document: Document, old: Document) -> None:
        complete_pod_spec(document.setdefault("spec", {}))

    def check(self, document: Document, old: Document | None) -> Iterator[FieldError]:
        yield from check_pod_spec(document["spec"], "spec")
        if old is not None and _fixed_part(document["spec"]) != _fixed_part(old["spec"]):
            yield field_forbidden("spec", POD_RULE)


def _fixed_part(spec: Document) -> Document:
    fixed = deepcopy(spec)
    for key in ("activeDeadlineSeconds", "tolerations", "terminationGracePeriodSeconds"):
        fixed.pop(key, None)
    for key in ("containers", "initContainers"):
        for container in fixed.get(key) or ():
            container.pop("image", None)
    return fixed


def qos_class(spec: Document) -> str:
    """Guaranteed, Burstable or BestEffort, from cpu and memory of all containers."""
    containers = [*(spec.get("containers") or ()), *(spec.get("initContainers") or ())]
    resources = [container.get("resources") or {} for container in containers]
    if not any(item.get("requests") or item.get("limits") for item in resources):
        return "BestEffort"
    for item in resources:
        limits, requests = item.get("limits") or {}, item.get("requests") or {}
        if any(name not in limits or requests.get(name, limits[name]) != limits[name] for name in ("cpu", "memory")):
            return "Burstable"
    return "Guaranteed"


class Jobs(BuiltIn):
    def prepare_create(self, document: Document) -> None:
        spec = document.setdefault("spec", {})
        document["status"] = {}
        self._complete(spec)
        if spec.get("manualSelector"):
            return
        metadata = document["metadata"]
        labels = spec["template"].setdefault("metadata", {}).setdefault("labels", {})
        labels |= dict.fromkeys(JOB_LABELS, metadata["uid"])
        labels |= dict.fromkeys(NAME_LABELS, metadata["name"])
        spec["selector"] = {"matchLabels": {JOB_LABELS[0]: metadata["uid"]}}

    def prepare_update(self, document: Document, old: Document) -> None:
        spec = document.setdefault("spec", {})
        spec.setdefault("selector", deepcopy(old["spec"].get("selector")))
        self._complete(spec)

    def _complete(self, spec: Document) -> None:
        template = spec.setdefault("template", {})
        pod = template.setdefault("spec", {})
        asked = pod.get("restartPolicy")
        complete_pod_spec(pod)
        if asked is None:
            del pod["restartPolicy"]  # a Job must say it
        indexed = spec.get("completionMode") == "Indexed"
        if spec.get("completions") is None and spec.get("parallelism") is None and not indexed:
            spec["completions"] = 1
        spec.setdefault("parallelism", 1)
        spec.setdefault("backoffLimit", 2**31 - 1 if spec.get("backoffLimitPerIndex") is not None else 6)
        spec.setdefault("completionMode", "NonIndexed")
        spec.setdefault("suspend", False)
        spec.setdefault("manualSelector", False)
        policy = spec.get("podFailurePolicy")
        spec.setdefault("podReplacementPolicy", "Failed" if policy else "TerminatingOrFailed")
        for rule in (policy or {}).get("rules") or ():
            for pattern in rule.get("onPodConditions") or ():
                pattern.setdefault("status", "True")

    def check(self, document: Document, old: Document | None) -> Iterator[FieldError]:
        spec = document["spec"]
        pod = spec["template"]["spec"]
        if "restartPolicy" not in pod:
            yield required("spec.template.spec.restartPolicy", 'valid values: "OnFailure", "Never"')
        elif pod["restartPolicy"] not in ("Never", "OnFailure"):
            yield not_supported("spec.template.spec.restartPolicy", pod["restartPolicy"], ("OnFailure", "Never"))
        complete = {**pod, "restartPolicy": "Never"}
        yield from check_pod_spec(complete, "spec.template.spec")
        yield from self._check_numbers(spec)
        if spec.get("podFailurePolicy") and pod.get("restartPolicy") != "Never":
            text = 'only "Never" is supported when podFailurePolicy is specified'
            yield invalid_value("spec.template.spec.restartPolicy", pod.get("restartPolicy"), text)
        if old is not None:
            yield from self._check_fixed(spec, old)

    def _check_numbers(self, spec: Document) -> Iterator[FieldError]:
        counts = ("activeDeadlineSeconds", "backoffLimit", "completions", "parallelism", "ttlSecondsAfterFinished")
        for key in counts:
            value = spec.get(key)
            if value is not None and value < 0:
                yield invalid_value(f"spec.{key}", value, "must be greater than or equal to 0")
        if spec["completionMode"] not in ("Indexed", "NonIndexed"):
            yield not_supported("spec.completionMode", spec["completionMode"], ("Indexed", "NonIndexed"))
        if spec.get("podFailurePolicy") and spec["podReplacementPolicy"] != "Failed":
            yield not_supported("spec.podReplacementPolicy", spec["podReplacementPolicy"], ("Failed",))

    def _check_fixed(self, spec: Document, old: Document) -> Iterator[FieldError]:
        before = old["spec"]
        fixed = ["completionMode", "selector", "backoffLimitPerIndex", "podFailurePolicy", "managedBy"]
        if spec["completionMode"] != "Indexed":
            fixed.append("completions")
        # A Job that is suspended and has not started may still be told where its pods run.
        if not (before.get("suspend") and not old.get("status", {}).get("startTime")):
            fixed.append("template")
        for key in fixed:
            if spec.get(key) != before.get(key):
                yield FieldError(f"spec.{key}", "FieldValueInvalid", 'Invalid value: "object": field is immutable')


class Deployments(BuiltIn):
    def prepare_create(self, document: Document) -> None:
        document["status"] = {}
        self.prepare_update(document, document)

    def prepare_update(self, document: Document, old: Document) -> None:
        spec = document.setdefault("spec", {})
        spec.setdefault("replicas", 1)
        spec.setdefault("revisionHistoryLimit", 10)
        spec.setdefault("progressDeadlineSeconds", 600)
        strategy = spec.setdefault("strategy", {})
        if strategy.setdefault("type", "RollingUpdate") == "RollingUpdate":
            rolling = strategy.setdefault("rollingUpdate", {})
            rolling.setdefault("maxSurge", "25%")
            rolling.setdefault("maxUnavailable", "25%")
        complete_pod_spec(spec.setdefault("template", {}).setdefault("spec", {}))

    def check(self, document: Document, old: Document | None) -> Iterator[FieldError]:
        spec = document["spec"]
        yield from check_pod_spec(spec["template"]["spec"], "spec.template.spec")
        if spec["template"]["spec"]["restartPolicy"] != "Always":
            where, given = "spec.template.spec.restartPolicy", spec["template"]["spec"]["restartPolicy"]
            yield not_supported(where, given, ("Always",))
        wanted = (spec.get("selector") or {}).get("matchLabels") or {}
        labels = (spec["template"].get("metadata") or {}).get("labels") or {}
        if not spec.get("selector"):
            yield required("spec.selector")
        elif not wanted.items() <= labels.items():
            text = "`selector` does not match template `labels`"
            yield invalid_value("spec.template.metadata.labels", labels, text)
        if old is not None and spec.get("selector") != old["spec"].get("selector"):
            yield FieldError("spec.selector", "FieldValueInvalid", 'Invalid value: "object": field is immutable')
