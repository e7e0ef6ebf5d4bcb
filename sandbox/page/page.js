// The plain first page: two clients side by side. Everything goes through the sandbox's control routes.

const TITLES = { slack: "Slack", zoom: "Zoom" };
const MOST_PEOPLE = 200;

async function get(path) {
  const answer = await fetch(path);
  return answer.json();
}

async function act(name, body) {
  const answer = await fetch(`/control/${name}`, { method: "POST", body: JSON.stringify(body) });
  const found = await answer.json();
  if (!answer.ok) throw new Error(found.error || `error ${answer.status}`);
  return found;
}

function element(name, properties, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

class Pane {
  constructor(platform, people) {
    this.platform = platform;
    this.people = people
      .filter((p) => p.accounts[platform] && p.accounts[platform].active)
      .map((p) => ({ id: p.accounts[platform].id, name: p.name }));
    this.who = this.people[0].id;
    this.other = "bot";
    this.drawing = false;
    this.again = false;
    const part = document.getElementById("pane").content.cloneNode(true);
    this.root = part.querySelector(".pane");
    this.root.dataset.platform = platform;
    this.root.setAttribute("aria-label", TITLES[platform]);
    this.root.querySelector("h2").textContent = TITLES[platform];
    this.fillPeople();
    this.root.querySelector(".write").addEventListener("submit", (event) => this.write(event));
    document.getElementById("panes").append(part);
  }

  fillPeople() {
    const select = this.root.querySelector(".who");
    for (const person of this.people.slice(0, MOST_PEOPLE)) {
      select.append(element("option", { value: person.id, textContent: person.name }));
    }
    select.addEventListener("change", () => {
      this.who = select.value;
      this.other = "bot";
      this.draw();
    });
  }

  async write(event) {
    event.preventDefault();
    const input = event.target.querySelector("input");
    const text = input.value.trim();
    if (!text) return;
    input.value = "";
    const me = { platform: this.platform, as: this.who };
    await this.careful(() =>
      text.startsWith("/mio")
        ? act("command", { ...me, text: text.slice(4).trim() })
        : act("say", { ...me, to: this.other, text }),
    );
    this.draw();
  }

  async careful(work) {
    const trouble = this.root.querySelector(".trouble");
    try {
      trouble.textContent = "";
      return await work();
    } catch (fault) {
      trouble.textContent = fault.message;
      return null;
    }
  }

  async draw() {
    if (this.drawing) {
      this.again = true;
      return;
    }
    this.drawing = true;
    do {
      this.again = false;
      await this.careful(() => this.drawOnce());
    } while (this.again);
    this.drawing = false;
  }

  async drawOnce() {
    const who = `platform=${this.platform}&as=${encodeURIComponent(this.who)}`;
    const { messages } = await get(`/control/chat?${who}&with=${encodeURIComponent(this.other)}`);
    const { chats } = await get(`/control/chats?${who}`);
    this.drawChats(chats);
    const list = this.root.querySelector(".messages");
    const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 80;
    list.replaceChildren(...messages.slice(-200).map((m) => this.message(m)));
    if (atEnd || this.shown !== this.who + this.other) list.scrollTop = list.scrollHeight;
    this.shown = this.who + this.other;
  }

  drawChats(chats) {
    const unread = Object.fromEntries(chats.map((c) => [c.with, c.unread]));
    const known = new Set(chats.map((c) => c.with));
    const rest = this.people.filter((p) => p.id !== this.who && !known.has(p.id)).slice(0, MOST_PEOPLE);
    const recent = chats.filter((c) => c.with !== "bot");
    const rows = [{ with: "bot", name: "Mio (bot)" }, ...recent, ...rest.map((p) => ({ with: p.id, name: p.name }))];
    const items = rows.map((row) => {
      const button = element("button", { type: "button", textContent: row.name });
      button.setAttribute("aria-current", String(row.with === this.other));
      if (unread[row.with]) button.append(element("span", { className: "unread", textContent: unread[row.with] }));
      button.addEventListener("click", () => {
        this.other = row.with;
        this.draw();
      });
      return element("li", {}, button);
    });
    this.root.querySelector(".chats").replaceChildren(...items);
    const name = rows.find((row) => row.with === this.other);
    this.root.querySelector(".with").textContent = name ? name.name : "";
  }

  message(shown) {
    const at = new Date(shown.at * 1000);
    const time = element("time", { dateTime: at.toISOString(), textContent: at.toLocaleTimeString() });
    const head = element("div", {}, element("span", { className: "from", textContent: shown.from_name }), time);
    const item = element("li", { className: shown.from === this.who ? "own" : "" }, head);
    item.append(shown.card ? this.card(shown) : element("p", { textContent: shown.text }));
    return item;
  }

  card(shown) {
    const card = element("div", { className: "card" });
    card.append(...shown.lines.map((line) => element("p", { textContent: line.replaceAll("*", "") })));
    const acts = element("div", { className: "acts" });
    const me = { platform: this.platform, as: this.who, message: shown.id };
    for (const button of shown.buttons) {
      const made = element("button", { type: "button", textContent: button.label });
      made.addEventListener("click", () => this.press(me, button));
      acts.append(made);
    }
    if (shown.choices.length) acts.append(this.choice(me, shown.choices));
    if (acts.childElementCount) card.append(acts);
    return card;
  }

  choice(me, choices) {
    const first = element("option", { value: "", textContent: "Choose…" });
    const options = choices.map((c) => element("option", { value: c, textContent: c }));
    const select = element("select", { ariaLabel: "Choose" }, first, ...options);
    select.addEventListener("change", async () => {
      if (select.value) await this.careful(() => act("choose", { ...me, option: select.value }));
      this.draw();
    });
    return select;
  }

  async press(me, button) {
    const tab = button.url ? window.open("about:blank", "_blank") : null;
    const found = await this.careful(() => act("press", { ...me, button: button.label }));
    const url = found && found.url;
    if (url && tab) tab.location = url;
    this.draw();
  }
}

const world = await get("/control/world");
const panes = world.platforms.map((platform) => new Pane(platform, world.people));
for (const pane of panes) pane.draw();
new EventSource("/control/events").addEventListener("message", (event) => {
  const change = JSON.parse(event.data);
  for (const pane of panes) {
    if (change.platform === pane.platform && (!change.members || change.members.includes(pane.who))) pane.draw();
  }
});
