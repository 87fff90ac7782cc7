"""Plain pages for a person to look around: repositories, threads, pull requests, deliveries. Nothing can be changed."""
