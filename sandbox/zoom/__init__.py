"""Zoom Team Chat: OAuth of two apps and a server-to-server app, directory, chatbot, people's messages, events."""

from sandbox.zoom.fake import Zoom

__all__ = ["Zoom"]
