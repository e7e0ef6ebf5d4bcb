// One conversation's messages. Nodes are kept by message and replaced only when they change, so that focus, reading
// position and memory stay as they are; never more than a fixed number.

import { avatar, clock, day, make } from "./dom.js";
import { drawCard, drawText } from "./drawn.js";

const MOST = 200;
const NEAR = 90;
const TOGETHER = 300;

export class Messages {
  // acts(message) gives what a card's buttons do.
  constructor(platform, acts) {
    this.platform = platform;
    this.acts = acts;
    this.nodes = new Map();
    this.key = "";
    this.list = make("div", { class: "messages", role: "log", "aria-live": "polite", "aria-relevant": "additions", tabindex: "0" });
    this.newer = make("button", { type: "button", class: "newer", hidden: true, onclick: () => this.toEnd() }, "New messages ↓");
    this.stuck = true;
    this.list.addEventListener("scroll", () => this.moved(), { passive: true });
    new ResizeObserver(() => this.stuck && this.toEnd()).observe(this.list);
    this.root = make("div", { class: "reading" }, this.list, this.newer);
  }

  atEnd() {
    return this.list.scrollHeight - this.list.scrollTop - this.list.clientHeight < NEAR;
  }

  moved() {
    this.stuck = this.atEnd();
    if (this.stuck) this.newer.hidden = true;
  }

  toEnd() {
    this.stuck = true;
    this.list.scrollTop = this.list.scrollHeight;
    this.newer.hidden = true;
  }

  // key names the conversation: another one starts anew, without being read out message by message.
  draw(key, messages, me, empty) {
    const other = key !== this.key;
    const stay = !other && !this.atEnd();
    const before = this.nodes.size;
    if (other) this.clear(key);
    const kept = new Map();
    let last = null;
    messages.slice(-MOST).forEach((message) => {
      kept.set(message.id, this.node(message, last, me));
      last = message;
    });
    this.place(kept);
    this.nodes = kept;
    this.drawEmpty(messages.length ? null : empty);
    if (!stay) this.toEnd();
    else if (kept.size > before || messages.at(-1)?.id !== this.newest) this.newer.hidden = false;
    this.newest = messages.at(-1)?.id;
    this.list.setAttribute("aria-busy", "false");
  }

  clear(key) {
    this.list.setAttribute("aria-busy", "true");
    this.key = key;
    this.nodes.clear();
    this.list.replaceChildren();
  }

  drawEmpty(words) {
    this.empty?.remove();
    this.empty = words ? make("p", { class: "empty" }, words) : null;
    if (this.empty) this.list.append(this.empty);
  }

  node(message, last, me) {
    const first = !last || day(last.at) !== day(message.at);
    const goesOn = !first && last.from_name === message.from_name && message.at - last.at < TOGETHER && !message.card && !last.card;
    const look = JSON.stringify([message, goesOn, first, me]);
    const held = this.nodes.get(message.id);
    if (held?.look === look) return held;
    return { look, item: this.item(message, goesOn, first, me), old: held?.item };
  }

  place(kept) {
    let at = this.list.firstChild;
    for (const held of kept.values()) {
      if (held.old?.parentNode === this.list) {
        if (at === held.old) at = held.item;
        swap(held.old, held.item);
      }
      held.old = undefined;
      if (at === held.item) at = at.nextSibling;
      else this.list.insertBefore(held.item, at);
    }
    while (at) {
      const next = at.nextSibling;
      at.remove();
      at = next;
    }
  }

  item(message, goesOn, first, me) {
    const own = message.from === me;
    const bot = Boolean(message.card) || message.from_name === "Mio";
    const name = make("span", { class: "from" }, message.from_name);
    const tag = bot ? make("span", { class: "tag" }, "app") : null;
    const head = make("div", { class: "head" }, name, tag, clock(message.at));
    const edited = message.edited && !message.card ? make("span", { class: "edited" }, "(edited)") : null;
    const body = message.card ? drawCard(this.platform, message, this.acts(message)) : make("div", { class: "bubble" }, drawText(this.platform, message), edited);
    const kind = ["message", own ? "own" : "", goesOn ? "goes-on" : "", message.card ? "with-card" : ""].filter(Boolean).join(" ");
    const date = first ? make("p", { class: "day" }, make("span", {}, day(message.at))) : null;
    const row = make("div", { class: "row" }, avatar(message.from_name, bot), make("div", { class: "body" }, head, body));
    return make("div", { class: kind, dataset: { id: message.id } }, date, row);
  }

  // The control with that label on a card, or null.
  control(id, label) {
    const item = [...this.nodes.values()].find((held) => held.item.dataset.id === id)?.item;
    const all = item ? [...item.querySelectorAll("button, a")] : [];
    return all.find((one) => one.textContent.trim() === label) ?? null;
  }
}

// A card that changes under somebody's hands keeps the focus.
function swap(old, made) {
  const inside = old.contains(document.activeElement);
  const label = inside ? document.activeElement.textContent : "";
  old.replaceWith(made);
  if (!inside) return;
  const same = [...made.querySelectorAll("button, a, select")].find((one) => one.textContent === label);
  const target = same ?? made.querySelector("button, a, select");
  if (target) target.focus({ preventScroll: true });
  else {
    made.tabIndex = -1;
    made.focus({ preventScroll: true });
  }
}
