"""What plans there are: for each kind what it looks at, what Confirm does, and its card."""

from handlers import closing, erasing, halting, moving, plan_cards, sync
from handlers.planning import Kind

KINDS: dict[str, Kind] = {
    "pause": Kind(halting.look, frozenset(), halting.act, halting.face, ended=halting.ended),
    "sync": Kind(sync.look, frozenset({"ask"}), sync.act, plan_cards.of_sync, page=20, waves=True),
    "reprompt": Kind(sync.look_reprompt, frozenset({"again"}), sync.act, plan_cards.of_sync, page=20, waves=True),
    "primary": Kind(moving.look, frozenset({"set", "move"}), moving.act, plan_cards.of_sync, page=20),
    "reset": Kind(closing.look, frozenset({"end", "forget"}), closing.reset, plan_cards.of_closing),
    "remove": Kind(closing.look_remove, frozenset({"end", "erase"}), closing.remove, plan_cards.of_closing),
    "exclude": Kind(closing.look_exclude, frozenset({"end", "exclude"}), closing.exclude, plan_cards.of_closing),
    "include": Kind(closing.look_include, frozenset({"include"}), closing.include, plan_cards.of_closing, page=500),
    "erase": Kind(erasing.look, frozenset({"erase"}), erasing.erase, plan_cards.of_closing),
    "unsync": Kind(
        closing.look_unsync, frozenset({"unsync"}), closing.unsync, plan_cards.of_teams, ended=closing.leave_teams
    ),
}
