"""The fake against Slack's own descriptions: answers, events, commands and presses have the fields they must have.

Runs where VENDOR_SPECS names the folder of the vendors' descriptions; skips elsewhere.
"""

from typing import Any

import jsonschema
import pytest
from descriptions import needed, read
from slack_workspace import Listener, Workspace

from sandbox.slack.api import READ_JSON, TIERS

pytestmark = needed
PER_MINUTE = {"t1": 1, "t2": 20, "t3": 50, "t4": 100}


def described(method: str) -> dict[str, Any]:
    return read(f"slack/methods/{method}.json")


async def called(slack: Workspace) -> dict[str, dict[str, Any]]:
    """An answer of every method."""
    ann, bob, client = slack.person("Ann Lee"), slack.id("Bob Kim"), slack.client()
    channel = (await ann.conversations_open(users=bob))["channel"]["id"]
    posted = await ann.chat_postMessage(channel=channel, text="hi")
    at = {"channel": channel, "ts": posted["ts"]}
    own = (await client.conversations_open(users=bob))["channel"]["id"]
    answers = {
        "auth.test": await client.auth_test(),
        "team.info": await client.team_info(),
        "users.list": await client.users_list(limit=2),
        "users.info": await client.users_info(user=bob),
        "users.lookupByEmail": await client.users_lookupByEmail(email="bob@acme.example"),
        "conversations.open": await ann.conversations_open(users=bob, return_im=True),
        "conversations.info": await ann.conversations_info(channel=channel),
        "conversations.history": await ann.conversations_history(channel=channel),
        "chat.postMessage": posted,
        "chat.postEphemeral": await client.chat_postEphemeral(channel=own, user=bob, text="psst"),
        "chat.update": await ann.chat_update(**at, text="ho"),
        "chat.delete": await ann.chat_delete(**at),
        "views.publish": await client.views_publish(user_id=bob, view={"type": "home", "blocks": []}),
        "auth.revoke": await ann.auth_revoke(),
    }
    return {method: dict(answer.data) for method, answer in answers.items() if isinstance(answer.data, dict)}


async def test_every_method_answers_what_its_page_promises(slack: Workspace) -> None:
    answers = await called(slack)
    assert set(answers) == set(slack.fake.methods.table), "a method without a look at its answer"
    for method, answer in answers.items():
        promised = described(method)["output"].get("required", [])
        assert set(promised) <= set(answer), method


def test_scopes_tiers_and_json_bodies_are_the_vendors(slack: Workspace) -> None:
    for method, (scope, _) in slack.fake.methods.table.items():
        page = described(method)
        if scope is None:
            assert not page["scope"], method
        else:
            assert scope in page["scope"]["bot"] and scope in page["scope"]["user"], method
        assert bool(page.get("json_input_supported")) is (method in READ_JSON), method
        assert TIERS.get(method) == PER_MINUTE.get(page["rate_limits"]), method


async def test_users_and_messages_fit_the_vendors_schema(slack: Workspace) -> None:
    """Field by field, as far as the vendor's own schema knows the field."""
    definitions = read("slack/openapi/slack_web_openapi_v2.json")["definitions"]
    answers = await called(slack)
    for kind, value in (
        ("objs_user", answers["users.info"]["user"]),
        ("objs_message", answers["chat.postMessage"]["message"]),
    ):
        schema = definitions[kind]
        for option in schema.get("anyOf") or schema.get("oneOf") or [schema]:
            for name, rule in option.get("properties", {}).items():
                if name in value and "type" in rule and isinstance(rule["type"], str):
                    jsonschema.validate(value[name], {"type": rule["type"]})


@pytest.mark.parametrize(
    ("sample", "kind", "subtype"),
    [
        ("MessagePayload", "message", ""),
        ("MessageChangedPayload", "message", "message_changed"),
        ("MessageDeletedPayload", "message", "message_deleted"),
        ("TokensRevokedPayload", "tokens_revoked", ""),
        ("AppUninstalledPayload", "app_uninstalled", ""),
        ("TeamJoinPayload", "team_join", ""),
        ("UserChangePayload", "user_change", ""),
        ("AppHomeOpenedPayload", "app_home_opened", ""),
    ],
)
async def test_events_have_no_field_the_vendor_does_not_know(
    slack: Workspace, bot: Listener, sample: str, kind: str, subtype: str
) -> None:
    await called(slack)
    await slack.fake.join("Nora New", "nora@acme.example")
    await slack.fake.open_home(slack.id("Bob Kim"))
    await slack.fake.deactivate(slack.id("Bob Kim"))
    await slack.fake.uninstall()
    await slack.idle()
    known = read(f"slack/sample-payloads/events/{sample}.json")
    heard = [e for e in bot.events(kind) if e["event"].get("subtype", "") == subtype]
    assert heard
    for envelope in heard:
        # Newer than the sample: described on the Events API's page.
        assert set(envelope) - set(known) <= {"context_team_id", "context_enterprise_id"}
        assert set(envelope["event"]) - set(known["event"]) <= {
            "app_id",
            "bot_id",
            "blocks",
            "cache_ts",
            "previous_message",
        }


async def test_commands_and_presses_have_the_vendors_fields(slack: Workspace, bot: Listener) -> None:
    ann = slack.id("Ann Lee")
    await slack.fake.command(ann, "help")
    button = {"type": "button", "action_id": "go", "value": "1", "text": {"type": "plain_text", "text": "Go"}}
    card = [{"type": "actions", "block_id": "b", "elements": [button]}]
    said = await slack.client().chat_postMessage(channel=ann, text="card", blocks=card)
    await slack.fake.press(ann, said["ts"], "Go")
    await slack.idle()
    forms = [h for h in bot.heard if "form" in h.headers["content-type"]]
    command = read("slack/sample-payloads/app-backend/slash-commands/SlashCommandPayload.json")
    assert set(forms[0].form()) - {"enterprise_id", "enterprise_name"} <= set(command)
    pressed = read("slack/sample-payloads/app-backend/interactive-components/BlockActionPayload.json")
    assert set(forms[1].json()) <= set(pressed)
    assert set(forms[1].json()["actions"][0]) <= {key for action in pressed["actions"] for key in action}
