// Everything that goes to the sandbox and comes from it: the control routes, and one feed of changes.

export async function look(what, query = {}) {
  const answer = await fetch(`/control/${what}?${new URLSearchParams(query)}`);
  return understood(answer);
}

export async function act(what, body) {
  const answer = await fetch(`/control/${what}`, { method: "POST", body: JSON.stringify(body) });
  return understood(answer);
}

async function understood(answer) {
  const found = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(found.error || `the sandbox answered ${answer.status}`);
  return found;
}

export function people(platform, words, limit = 20) {
  return look("people", { platform, q: words, limit });
}

// Calls back with every change; "lost" when the sandbox is away, "back" when it has returned and all must be drawn anew.
export function listen(changed, lost, back) {
  const feed = new EventSource("/control/events");
  let away = false;
  feed.addEventListener("message", (event) => changed(JSON.parse(event.data)));
  feed.addEventListener("error", () => {
    away = true;
    lost();
  });
  feed.addEventListener("open", () => {
    if (away) back();
    away = false;
  });
}
