"""Whether app A is installed: Zoom tells nobody, a card that arrives does."""

from dataclasses import replace

from vendor_server import Answers, Purse

from bot.events import Secret, Tokens
from bot.ids import AccountId, CardId
from bot.people import Account
from bot.platform import Lent
from bot.ready import GrantKind, ReadyCard
from cards.model import Card, Text
from platforms.zoom.send import Zoom

ANN = AccountId("zoom:ACCT-ACME:AnnLee01")


async def test_a_card_that_arrives_proves_that_app_a_is_installed(lent: Lent, purse: Purse, answers: Answers) -> None:
    """Beside a server-to-server app nothing else tells: it is remembered once, so that setup asks nobody for it."""
    answers["POST /im/chat/messages"] = [{"message_id": "20260302_AbCdE_aw1"}]
    own = {"MIO_ZOOM_S2S_CLIENT_ID": "s2s", "MIO_ZOOM_S2S_CLIENT_SECRET": "hush-s"}
    card = ReadyCard(CardId("c1"), Account(ANN, "Ann Lee"), None, None, Card("Hello", (Text("Ready?"),)))
    zoom = Zoom(replace(lent, settings={**lent.settings, **own}))
    await zoom.start()
    try:
        assert purse.kept == []
        await zoom.show(card)
        await zoom.show(card)
        assert purse.kept == [(GrantKind.BOT, Tokens(Secret("tok-app")))]
    finally:
        await zoom.stop()
