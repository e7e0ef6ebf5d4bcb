"""Webex: REST API, OAuth, webhooks, adaptive cards and directory of one organisation, with a bot and an integration."""

from sandbox.webex.fake import Webex

__all__ = ["Webex"]
