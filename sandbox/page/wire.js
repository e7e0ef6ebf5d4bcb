// The wire strip: the newest trip on one line; opened, the last ones, each hop a button that shows what was sent.

import { make } from "./dom.js";
import { look } from "./net.js";

const KEPT = 40;
const ON_ONE_LINE = 6;
const WORDS = { written: "written", webhook: "webhook in", stored: "stored", decided: "decided", posted: "posted", card: "card", receipt: "receipt" };
const MEANING = {
  written: "the person pressed Send",
  webhook: "the platform tells the bot",
  stored: "the bot has it on disk and answered",
  decided: "the bot's call arrives at the platform",
  posted: "the platform has answered: it is there",
  card: "the platform has answered: the card is there",
  receipt: "the platform told the bot of its own post",
};

export class Wire {
  constructor(root, dialog, titles) {
    this.root = root;
    this.dialog = dialog;
    this.titles = titles;
    this.trips = new Map();
    this.version = 0;
    this.button = make("button", { type: "button", class: "quiet toggle", "aria-expanded": "false", "aria-controls": "trips", onclick: () => this.toggle() }, "On the wire");
    this.latest = make("div", { class: "latest" });
    this.list = make("ol", { id: "trips", class: "trips", hidden: true, tabindex: "0", "aria-label": "Last trips, newest first" });
    root.append(make("div", { class: "line" }, this.button, this.latest), this.list);
    this.drawAll();
  }

  async start() {
    const { trips } = await look("wire", { since: String(this.version) });
    this.told(trips);
  }

  told(trips) {
    for (const trip of trips) {
      this.version = Math.max(this.version, trip.version);
      const held = this.trips.get(trip.n);
      if (!held || held.version < trip.version) this.trips.set(trip.n, trip);
    }
    const kept = [...this.trips.keys()].sort((one, other) => other - one).slice(0, KEPT);
    this.trips = new Map(kept.map((n) => [n, this.trips.get(n)]));
    this.due ??= requestAnimationFrame(() => {
      this.due = null;
      this.drawAll();
    });
  }

  toggle() {
    this.list.hidden = !this.list.hidden;
    this.button.setAttribute("aria-expanded", String(!this.list.hidden));
    this.latest.hidden = !this.list.hidden;
    this.drawAll();
  }

  drawAll() {
    const trips = [...this.trips.values()];
    const focused = this.root.contains(document.activeElement) ? document.activeElement.dataset.hop : null;
    if (this.list.hidden) {
      const empty = make("p", { class: "nothing" }, "Nothing has travelled yet. What people write will be shown here, hop by hop.");
      const newest = trips.find((trip) => trip.kind === "message") && trips[0].kind === "card" ? trips.find((t) => t.kind !== "card") : trips[0];
      this.latest.replaceChildren(newest ? this.trip(newest, "div") : empty);
      this.list.replaceChildren();
    } else {
      this.latest.replaceChildren();
      const empty = make("li", { class: "nothing" }, "Nothing has travelled yet.");
      this.list.replaceChildren(...(trips.length ? trips.map((trip) => this.trip(trip, "li")) : [empty]));
    }
    if (focused) this.root.querySelector(`[data-hop="${focused}"]`)?.focus({ preventScroll: true });
  }

  trip(trip, tag) {
    const people = make("span", { class: "people" }, make("b", {}, trip.who), " → ", make("b", {}, trip.to));
    const words = make("span", { class: "words" }, trip.text);
    const most = tag === "div" ? ON_ONE_LINE : Infinity;
    const chips = trip.hops.slice(0, most).map((hop, number) => make("li", {}, this.hop(trip, hop, number)));
    const rest = trip.hops.length - chips.length;
    const hops = make("ol", { class: "hops" }, ...chips, rest > 0 ? make("li", {}, `+${rest}`) : null);
    return make(tag, { class: "trip" }, people, words, hops, make("span", { class: "outcome" }, this.outcome(trip, tag === "div")));
  }

  outcome(trip, short) {
    const parts = [];
    const verb = trip.kind === "message" ? "arrived" : "answered";
    if (trip.arrived !== null) parts.push(`${verb} ${short ? "" : "after "}${ms(trip.arrived)}`);
    else if (trip.kind === "message") parts.push(trip.hops.some((hop) => !hop.ok) ? "waiting" : trip.hops.length > 1 ? "under way" : "nobody hears this");
    if (trip.parts > 1) parts.push(`${trip.parts} parts`);
    if (trip.repeats) parts.push(`heard ${trip.repeats + 1} times`);
    if (trip.doubled) parts.push(`posted ${trip.doubled} times too often`);
    return parts.join(", ");
  }

  hop(trip, hop, number) {
    const title = this.titles[hop.platform] ?? hop.platform;
    const said = `${WORDS[hop.kind] ?? hop.kind}, ${title}, after ${ms(hop.ms)}${hop.ok ? "" : ", failed"}${hop.note ? `, ${hop.note}` : ""}`;
    const shown = [hop.ok ? "" : "✕ ", WORDS[hop.kind] ?? hop.kind, make("span", { class: "ms" }, ms(hop.ms))];
    const properties = { type: "button", class: `chip${hop.ok ? "" : " failed"}`, "aria-label": said, title: `${title}: ${MEANING[hop.kind]}${hop.note ? ` (${hop.note})` : ""}`, dataset: { platform: hop.platform, hop: `${trip.n}-${number}` }, onclick: () => this.open(trip, number) };
    return make("button", properties, ...shown);
  }

  // -- one hop ---------------------------------------------------------------------------------

  async open(trip, number) {
    const close = make("button", { type: "button", class: "quiet", onclick: () => this.dialog.close() }, "Close");
    const body = make("div", { class: "hop-body", tabindex: "0" });
    const hop = trip.hops[number];
    const title = `${WORDS[hop.kind] ?? hop.kind} – ${this.titles[hop.platform] ?? hop.platform}`;
    const head = make("div", { class: "hop-head" }, make("h2", { id: "hop-title" }, title), close);
    const about = make("p", { class: "about" }, `${trip.who} → ${trip.to}: “${trip.text}”. ${ms(hop.ms)} after it was written: ${MEANING[hop.kind] ?? ""}.`);
    this.dialog.replaceChildren(head, about, body);
    this.dialog.showModal();
    try {
      const found = await look("hop", { trip: String(trip.n), hop: String(number) });
      body.replaceChildren(...(found.exchange ? exchange(found.exchange) : [make("p", {}, "Nothing was sent here: this is the moment on the platform itself.")]));
    } catch (fault) {
      body.replaceChildren(make("p", {}, `Not to be had: ${fault.message}.`));
    }
  }
}

function ms(number) {
  if (number >= 10_000) return `${(number / 1000).toFixed(0)} s`;
  return number >= 1000 ? `${(number / 1000).toFixed(1)} s` : `${Math.round(number)} ms`;
}

function exchange(found) {
  const status = found.status ? `Answer: ${found.status}, after ${ms(found.ms)}` : "No answer came";
  return [
    make("h3", {}, make("code", {}, `${found.method} ${found.path}`)),
    headers(found.request.headers),
    pre(found.request.body, "Request body"),
    make("h3", {}, status),
    headers(found.answer.headers),
    pre(found.answer.body, "Answer body"),
  ];
}

function headers(rows) {
  const lines = Object.entries(rows).map(([name, value]) => make("div", {}, make("dt", {}, name), make("dd", {}, value)));
  return make("details", {}, make("summary", {}, `Headers (${lines.length})`), make("dl", {}, ...lines));
}

function pre(body, label) {
  const words = typeof body === "string" ? body : JSON.stringify(body, null, 2);
  return words ? make("pre", { tabindex: "0", "aria-label": label }, words) : make("p", { class: "nothing" }, "empty");
}
