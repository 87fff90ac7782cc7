"""Strict, stateful stand-ins for the world outside: GitHub, Slack and the Anthropic Messages API.

`vteam demo` and the tests start them on loopback; the bot talks to them over real HTTP with its real clients.
"""
