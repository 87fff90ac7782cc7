"""RFEWorkflow: a request for enhancement on its way from idea to plan, as the first vTeam platform keeps it.

Turned into the CRD by `manifest.py`, so that such resources can be stored beside sessions.
"""

from typing import Annotated, Literal

from pydantic import Field

from crds.agentic_session import RepositoryRef
from crds.schema import Branch, Line, Name, Part, Text


class RFEWorkflowSpec(Part):
    title: Line
    """One line that says what is wanted."""
    description: Text
    """What is wanted, and why."""
    branch_name: Branch | None = None
    """Branch of the specification."""
    umbrella_repo: RepositoryRef | None = None
    """Repository that holds the specification."""
    supporting_repos: Annotated[list[RepositoryRef], Field(max_length=16)] | None = None
    """Repositories that the work touches."""
    workspace_path: Line | None = None
    """Folder of the workspace."""
    parent_outcome: Line | None = None
    """Key of the outcome that this belongs to."""


class RFEWorkflowStatus(Part):
    phase: Literal["Draft", "Specified", "Planned", "Implemented", "Failed"] | None = None
    """How far it is."""
    message: Line | None = None
    """A sentence for people."""
    sessions: Annotated[list[Name], Field(max_length=100)] | None = None
    """Sessions that worked on it."""
