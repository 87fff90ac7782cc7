"""The runner's stories: the real CLI, real git, a scripted Messages API and a strict stand-in of the runner API."""
