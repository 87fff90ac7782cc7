"""The one grammar for everything a person can say to the bot, on GitHub and in Slack: pure, over two readers."""
