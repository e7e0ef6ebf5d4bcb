"""``audit verify``: reads the audit log beside a running bot or without one, and says whether its chain holds."""

from service.clock import RealClock
from service.main import keys
from service.settings import Settings
from storage.acts import Verdict
from storage.store import Store


async def verified(settings: Settings) -> int:
    """Prints the verdict; the exit status. Raises ``StoreError`` when the database cannot be read."""
    store = Store(settings.database_url.get_secret_value(), keys(settings), RealClock())
    await store.open()
    try:
        verdict: Verdict = await store.read(lambda tx: tx.acts.verify())
    finally:
        await store.close()
    for fault in verdict.faults:
        print(fault)
    state = "does not hold" if verdict.faults else "holds"
    print(f"The chain {state}: {verdict.chained} acts in it, {verdict.waiting} wait for their link.")
    if verdict.head:
        print(f"Newest link: {verdict.head} (kept elsewhere it shows whether the end was cut off).")
    return 1 if verdict.faults else 0
