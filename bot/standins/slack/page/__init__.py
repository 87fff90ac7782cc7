"""The workspace as web pages: channels and threads as people see them, and what the app was told."""
