"""Microsoft Teams: the login service, the Bot Connector and the part of Microsoft Graph that chats need, of one tenant."""

from sandbox.teams.fake import Teams

__all__ = ["Teams"]
