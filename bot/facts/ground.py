"""What the installation decides for a repository: its namespace, and where it is cloned from. Called by the facts."""

from bot.settings import Settings
from handlers.events import Ground
from handlers.policy import namespace_for


def ground_of(repository: str, settings: Settings) -> Ground:
    """The ground of `owner/name`, by the administrator's map."""
    clone_url = f"{settings.github_url.rstrip('/')}/{repository}.git"
    return Ground(namespace_for(repository, settings.namespaces), clone_url)
