// The list beside a conversation: the bot first, then who was written with lately, then the directory; one search for all.

import { avatar, coalesced, make } from "./dom.js";
import { people } from "./net.js";

const SHOWN = 25;

export class Conversations {
  // opened(other) is called with { id, name, bot }.
  constructor(platform, title, opened) {
    this.platform = platform;
    this.opened = opened;
    this.rows = new Map();
    this.recent = [];
    this.directory = [];
    this.total = 0;
    this.search = make("input", {
      type: "search", placeholder: "Find people", "aria-label": `Find people in ${title}`, autocomplete: "off", spellcheck: "false",
      oninput: () => this.look(), onkeydown: (event) => this.key(event),
    });
    this.list = make("ul", { class: "chats" });
    this.count = make("p", { class: "count", role: "status" });
    this.root = make("nav", { class: "side", "aria-label": `Conversations in ${title}` }, this.search, this.list, this.count);
    this.look = coalesced(() => this.find(), 60);
  }

  async find() {
    const words = this.search.value.trim();
    const answer = await people(this.platform, words, SHOWN).catch(() => null);
    if (!answer) return;
    this.directory = answer.people;
    this.total = answer.total;
    this.fill();
  }

  // chats: as the sandbox lists them; me and other: ids.
  draw(chats, me, other) {
    this.recent = chats;
    this.me = me;
    this.other = other;
    this.fill();
  }

  fill() {
    const words = this.search.value.trim().toLowerCase();
    const matches = (name) => !words || name.toLowerCase().includes(words);
    const bot = this.recent.find((chat) => chat.with === "bot");
    const lately = this.recent.filter((chat) => chat.with !== "bot" && matches(chat.name));
    const known = new Set([...lately.map((chat) => chat.with), this.me]);
    const rest = this.directory.filter((person) => !known.has(person.id));
    const rows = [
      matches("Mio") ? { id: "bot", name: "Mio", bot: true, unread: bot?.unread ?? 0 } : null,
      ...lately.map((chat) => ({ id: chat.with, name: chat.name, unread: chat.unread })),
      ...rest.map((person) => ({ id: person.id, name: person.name, email: person.email, unread: 0 })),
    ].filter(Boolean);
    this.place(rows);
    const more = this.total - this.directory.length;
    this.count.textContent = rows.length ? (more > 0 ? `${more.toLocaleString()} more; search to find them` : "") : "Nobody has that name.";
  }

  place(rows) {
    const kept = new Map();
    const items = rows.map((row) => {
      const look = JSON.stringify([row, row.id === this.other]);
      const held = this.rows.get(row.id);
      const item = held?.look === look ? held.item : this.item(row);
      kept.set(row.id, { look, item });
      return item;
    });
    const focused = this.list.contains(document.activeElement) ? document.activeElement.dataset.with : null;
    const same = items.length === this.list.children.length && items.every((item, at) => item === this.list.children[at]);
    if (!same) this.list.replaceChildren(...items);
    if (!same && focused) this.list.querySelector(`[data-with="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
    this.rows = kept;
  }

  item(row) {
    const mark = row.unread ? make("span", { class: "unread" }, String(row.unread), make("span", { class: "unseen" }, " unread")) : null;
    const tag = row.bot ? make("span", { class: "tag" }, "app") : null;
    const properties = { type: "button", "aria-current": row.id === this.other ? "true" : undefined, dataset: { with: row.id }, title: row.email, onclick: () => this.opened(row) };
    return make("li", {}, make("button", properties, avatar(row.name, row.bot), make("span", { class: "name" }, row.name), tag, mark));
  }

  key(event) {
    if (event.key === "Enter" && this.search.value) this.list.querySelector("button")?.click();
    else if (event.key === "Escape" && this.search.value) {
      this.search.value = "";
      this.look();
    } else if (event.key === "ArrowDown") this.list.querySelector("button")?.focus();
    else return;
    event.preventDefault();
  }
}
