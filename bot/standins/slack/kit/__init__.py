"""Block Kit with Slack's documented limits: what may stand in a message or a view. See `check`."""
