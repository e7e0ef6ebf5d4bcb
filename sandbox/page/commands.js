// Words for completing commands: a short list, made better by the bot's own help once it has been seen.

const KNOWN = new Map(
  [
    ["help", "[topic]", "what I can do"],
    ["import", "[platform]", "read the people of a platform, or of all"],
    ["sync", "[who] [primary=<platform>] [secondary=<platform>,…]", "the list; with who: a plan, then Confirm"],
    ["status", "[who]", "counts, or one person's states with reason and next step"],
    ["users", "[text]", "list or find people"],
    ["me", "", "what is linked, what is kept"],
    ["connect", "[platform]", "show the consent card again"],
    ["disconnect", "[platform]", "take my permission back"],
    ["setup", "", "the Connect Center"],
    ["primary", "<who> <platform>", "where a person writes and reads every day"],
    ["reprompt", "<who>", "send the consent card again"],
    ["reset", "<who>", "break all syncs"],
    ["remove", "<who>", "break all syncs and erase the person here"],
  ].map((row) => [row[0], row]),
);
const HELP = /^\/mio (\S+)(?: (.*?))? – (.+)$/;

// Learn from a card's lines.
export function learn(lines) {
  for (const line of lines) {
    const found = HELP.exec(line);
    if (found) KNOWN.set(found[1], [found[1], found[2] ?? "", found[3]]);
  }
}

// Commands that what was typed may become; none once the verb is complete and followed by something.
export function complete(typed) {
  const found = /^\/(m|mi|mio(?:\s+(\S*))?)?$/i.exec(typed);
  if (!found) return [];
  const begun = (found[2] ?? "").toLowerCase();
  return [...KNOWN.values()].filter(([verb]) => verb.startsWith(begun)).map(([verb, form, line]) => ({ verb, form, line }));
}
