"""Semaphore's directory: teams, their people a page at a time, one person."""

from typing import Any
from urllib.parse import quote

from bot.people import Account
from bot.platform import Gone, Refused
from bot.ready import Listed, ListedTeams, Team

from .api import Api


def account_of(api: Api, person: dict[str, Any]) -> Account:
    verified = person.get("verified") is True
    return Account(
        id=api.account(str(person["id"])),
        name=str(person["name"]),
        email=str(person["email"]).lower() if verified and person.get("email") else None,
        admin=person.get("master") is True,
        active=person.get("active") is True,
    )


async def lookup(api: Api, user: str) -> Account | None:
    try:
        return account_of(api, await api.bot("GET", f"/people/{quote(user, safe='')}"))
    except Gone:
        return None


async def page(api: Api, team: str | None, cursor: str | None) -> Listed:
    if team is None:
        raise Refused("people are listed by team")
    found = await api.bot("GET", f"/teams/{quote(team, safe='')}/people", params={"cursor": cursor or ""})
    return Listed(tuple(account_of(api, person) for person in found["people"]), found["cursor"] or None)


async def teams(api: Api, cursor: str | None) -> ListedTeams:
    found = await api.bot("GET", "/teams", params={"cursor": cursor or ""})
    return ListedTeams(tuple(Team(t["id"], t["name"]) for t in found["teams"]), found["cursor"] or None)
