"""The GraphQL API: one door, and of GitHub's schema the part that somebody here has had a use for."""
