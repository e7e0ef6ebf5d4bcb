"""Slack: Web API, OAuth, events, slash commands and interactivity of one workspace."""

from sandbox.slack.fake import Slack

__all__ = ["Slack"]
