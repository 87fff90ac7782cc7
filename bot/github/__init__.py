"""GitHub as the bot speaks it: small typed calls over githubkit's App authentication, one room for each thing.

`GitHub` (client.py) makes the calls and knows the errors; threads.py, repositories.py, pulls.py and hooks.py say which.
Nothing here decides anything.
"""

from bot.github.client import GitHub, GitHubRefused, InstallationToken

__all__ = ["GitHub", "GitHubRefused", "InstallationToken"]
