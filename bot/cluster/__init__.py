"""The Kubernetes API as everything in bot/ speaks it: dicts in, dicts out, PATCH and never PUT.

`Cluster` holds the verbs and `follow` (list, then watch for ever); `Resource` names a kind. A real cluster and the
embedded control plane look the same from here, and nothing else in bot/ may talk to a Kubernetes API.
"""

from bot.cluster.answers import AlreadyExists, Conflict, Expired, Forbidden, Invalid, NotFound, Refused, Unauthorized
from bot.cluster.client import Cluster, Listing
from bot.cluster.follow import Change, Deleted, Synced, Upserted
from bot.cluster.resources import (
    CLUSTER_ROLE_BINDINGS,
    CLUSTER_ROLES,
    CONFIG_MAPS,
    CRDS,
    EVENTS,
    JOBS,
    LEASES,
    NAMESPACES,
    NODES,
    PODS,
    PROJECT_SETTINGS,
    RFE_WORKFLOWS,
    ROLE_BINDINGS,
    ROLES,
    SECRETS,
    SELF_SUBJECT_ACCESS_REVIEWS,
    SERVICE_ACCOUNTS,
    SESSIONS,
    SUBJECT_ACCESS_REVIEWS,
    TOKEN_REVIEWS,
    Json,
    Resource,
)

__all__ = [
    "CLUSTER_ROLES",
    "CLUSTER_ROLE_BINDINGS",
    "CONFIG_MAPS",
    "CRDS",
    "EVENTS",
    "JOBS",
    "LEASES",
    "NAMESPACES",
    "NODES",
    "PODS",
    "PROJECT_SETTINGS",
    "RFE_WORKFLOWS",
    "ROLES",
    "ROLE_BINDINGS",
    "SECRETS",
    "SELF_SUBJECT_ACCESS_REVIEWS",
    "SERVICE_ACCOUNTS",
    "SESSIONS",
    "SUBJECT_ACCESS_REVIEWS",
    "TOKEN_REVIEWS",
    "AlreadyExists",
    "Change",
    "Cluster",
    "Conflict",
    "Deleted",
    "Expired",
    "Forbidden",
    "Invalid",
    "Json",
    "Listing",
    "NotFound",
    "Refused",
    "Resource",
    "Synced",
    "Unauthorized",
    "Upserted",
]
