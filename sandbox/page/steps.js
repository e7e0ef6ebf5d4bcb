// The guide's steps: one sentence, one button, and how each one sees by itself that it is done. Says what, not how.

import { listed } from "./dom.js";

const NUMBER = 10;

// A step: { id, chapter, text(facts), button, done(facts), act(to, facts), busy(facts)? }
export function steps(facts, titles) {
  const home = titles[facts.home];
  const away = titles[facts.away];
  return [...first(facts, titles, home, away), ...tour(facts, home, away), ...byTeam(facts, titles)];
}

const email = (facts, who) => facts.cast[who].email;

function sync(facts, who, primary, secondary) {
  return `/mio sync ${email(facts, who)} primary=${primary} secondary=${secondary}`;
}

function asked(facts, who) {
  return Boolean(facts[who].asked || facts[who].linked);
}

// Before the import, where a directory has to be connected by hand.
function connecting(facts) {
  if (!facts.connect) return [];
  return [
    {
      id: "setup",
      text: "You are Maya, the administrator. Webex shows its people only after you connect it: send /mio setup.",
      button: "Fill in the command",
      act: (to) => to.fill(facts.home, "maya", null, "/mio setup"),
      done: Boolean(facts.connect.card) || facts.connect.done,
    },
    {
      id: "connect",
      text: "Press Connect below Webex, and sign in to Webex as Maya.",
      button: "Show me Connect",
      act: (to) => to.button(facts.connect.card ?? { platform: facts.home }, "maya", "Connect"),
      done: facts.connect.done,
    },
  ];
}

function first(facts, titles, home, away) {
  const there = { ann: [facts.home, facts.away], bob: [facts.away, facts.home] };
  const lives = { ann: home, bob: away };
  const other = { ann: away, bob: home };
  const name = { ann: "Ann", bob: "Bob" };
  const link = (who) => [
    {
      id: `sync-${who}`,
      text: `${name[who]} lives in ${lives[who]} and shall be reached from ${other[who]}: send this command as Maya.`,
      button: "Fill in the command",
      act: (to) => to.fill(facts.home, "maya", null, sync(facts, who, ...there[who])),
      done: Boolean(facts[who].plan) || asked(facts, who),
    },
    {
      id: `confirm-${who}`,
      text: "Mio shows its plan; nothing has been sent to anybody yet. Press Confirm.",
      button: "Show me Confirm",
      act: (to) => to.button(facts[who].plan ?? { platform: facts.home }, "maya", "Confirm"),
      done: asked(facts, who),
    },
    {
      id: `allow-${who}`,
      text: `${name[who]} has been asked, in ${lives[who]}. Press Allow there and sign in to ${other[who]} as ${name[who]}.`,
      button: "Show me Allow",
      act: (to) => to.button(facts[who].asked ?? { platform: there[who][0] }, who, "Allow"),
      done: facts[who].linked || facts.first.arrived,
    },
  ];
  const you = facts.connect ? "" : "You are Maya, the administrator. ";
  const rows = [
    ...connecting(facts),
    {
      id: "import",
      text: `${you}Let Mio read who works in ${listed(Object.values(titles))}: send /mio import.`,
      button: "Fill in the command",
      act: (to) => to.fill(facts.home, "maya", null, "/mio import"),
      done: facts.imported,
    },
    ...link("ann"),
    ...link("bob"),
    {
      id: "write",
      text: `Both are linked. In ${away}, Bob writes to Ann, who never opens ${away}: press Send.`,
      button: "Write as Bob",
      act: (to) => to.fill(facts.away, "bob", "ann", `Hello Ann, I am in ${away}. Can you read this?`),
      done: facts.first.wrote,
    },
    {
      id: "read",
      text: `It has arrived in ${home}, from Bob himself. Read it as Ann.`,
      button: "Read as Ann",
      act: (to) => to.open(facts.home, "ann", "bob"),
      done: facts.first.read,
    },
    {
      id: "answer",
      text: `Ann answers where she lives, in ${home}; Bob reads it in ${away}.`,
      button: "Answer as Ann",
      act: (to) => to.fill(facts.home, "ann", "bob", `Hi Bob, I read you in ${home} 👋`),
      done: facts.answer.arrived,
    },
  ];
  return rows.map((row) => ({ ...row, chapter: "The first message" }));
}

function tour(facts, home, away) {
  const { burst, played } = facts;
  const linked = facts.ann.linked && facts.bob.linked;
  const rows = [
    {
      id: "refusal",
      text: `Dana has no ${away} account. Ask for it all the same, and see the reason before anything is sent.`,
      button: "Fill in the command",
      act: (to) => to.fill(facts.home, "maya", null, sync(facts, "dana", facts.home, facts.away)),
      done: facts.refused,
    },
    {
      id: "both",
      text: "Allow twice, once on each side: each person keeps their own app.",
      button: "Show me Allow",
      act: (to) => to.button(facts.bob.asked ?? facts.ann.asked ?? { platform: facts.home }, facts.bob.asked ? "bob" : "ann", "Allow"),
      done: linked || facts.answer.arrived || played.revoked > 0,
    },
    {
      id: "talk",
      text: "A message there and one back, each from the person's own account.",
      button: "Write as Bob",
      act: (to) => to.fill(facts.away, "bob", "ann", "And back again"),
      done: facts.first.arrived && facts.answer.arrived,
    },
    {
      id: "burst",
      text: burst.wrote
        ? `${burst.arrived} of ${burst.wrote} have arrived, ${burst.doubled === 0 ? "none twice" : `${burst.doubled} twice`}. The bot comes back by itself; the platform sends again what was missed.`
        : "Bob writes ten messages, and the bot is killed in the middle. Each arrives once.",
      button: burst.wrote ? "Watch as Ann" : "Send ten, kill the bot",
      act: (to) => (burst.wrote ? to.open(facts.home, "ann", "bob") : to.burst(NUMBER)),
      done: burst.wrote >= NUMBER && burst.arrived === burst.wrote && burst.doubled === 0,
      stage: true,
    },
    {
      id: "revoke",
      text: `Ann takes her permission back, on ${away}'s side. The bot must notice by itself.`,
      button: "Revoke it",
      act: (to) => to.revoke(facts.away, "ann"),
      done: played.revoked > 0,
    },
    {
      id: "heal",
      text: `Mio noticed and asks Ann again, in ${home}. Press Allow, and all is well.`,
      button: "Show me Allow",
      act: (to) => to.button(facts.ann.asked ?? { platform: facts.home }, "ann", "Allow"),
      done: facts.ann.healed,
    },
  ];
  return rows.map((row) => ({ ...row, chapter: "The three-minute tour" }));
}

// Where an import asks which teams are meant: its card came with the first import.
function byTeam(facts, titles) {
  return Object.entries(facts.teams).flatMap(([platform, teams]) => [
    {
      id: `ask-${platform}`,
      chapter: "Team by team",
      text: `${titles[platform]} is imported team by team: send this command as Maya.`,
      button: "Fill in the command",
      act: (to) => to.fill(facts.home, "maya", null, `/mio import ${platform}`),
      done: Boolean(teams.card) || teams.done,
    },
    {
      id: `teams-${platform}`,
      chapter: "Team by team",
      text: `Mark a team of ${titles[platform]} and press Import teams and users.`,
      button: "Show me the teams",
      act: (to) => to.button(teams.card ?? { platform: facts.home }, "maya", "Import teams and users"),
      done: teams.done,
    },
  ]);
}
