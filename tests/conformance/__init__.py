"""The API semantics that the bot relies on, stated once, for the embedded server and for any real cluster."""
