// Puts the page together: the panes, which of them are shown, the feed of changes, the guide, the wire, the stage hands.

import { make } from "./dom.js";
import { Guide } from "./guide.js";
import { listen, look } from "./net.js";
import { Pane } from "./pane.js";
import { Stage } from "./stage.js";
import { Wire } from "./wire.js";

const PHONE = 860;
const NARROWEST = 310;
const byId = (id) => document.getElementById(id);

class Desk {
  constructor(world) {
    this.titles = world.titles;
    this.panes = new Map(world.platforms.map((name) => [name, new Pane(name, world.titles[name], () => this.drawTabs(), () => guide?.refresh())]));
    this.shown = world.platforms.slice(0, this.room());
    byId("panes").append(...[...this.panes.values()].map((pane) => pane.root));
    window.addEventListener("resize", () => this.arrange());
    this.arrange();
  }

  // How many panes stand side by side: each as wide as a telephone at least.
  room() {
    return window.innerWidth < PHONE ? 1 : Math.max(2, Math.floor(window.innerWidth / NARROWEST));
  }

  arrange() {
    const names = [...this.panes.keys()];
    const room = Math.min(this.room(), names.length);
    const rest = names.filter((name) => !this.shown.includes(name));
    this.shown = [...this.shown, ...rest].slice(0, room);
    byId("panes").dataset.count = String(room);
    for (const [name, pane] of this.panes) {
      const visible = this.shown.includes(name);
      pane.root.hidden = !visible;
      if (visible && !pane.visible) pane.draw();
      pane.visible = visible;
    }
    byId("tabs").hidden = room === names.length;
    this.drawTabs();
  }

  // Bring a platform to the front; the one that was shown longest makes room.
  show(name) {
    if (!this.shown.includes(name)) this.shown = [...this.shown.slice(this.shown.length === this.room() ? 1 : 0), name];
    this.arrange();
    return this.panes.get(name);
  }

  drawTabs() {
    if (!this.panes) return;
    const tabs = [...this.panes.values()].map((pane) => {
      const pressed = String(this.shown.includes(pane.platform));
      const mark = pane.unread ? make("span", { class: "unread" }, String(pane.unread), make("span", { class: "unseen" }, " unread")) : null;
      const who = pane.who ? make("small", {}, pane.who.name) : null;
      return make("button", { type: "button", "aria-pressed": pressed, dataset: { platform: pane.platform }, onclick: () => this.show(pane.platform) }, pane.title, who, mark);
    });
    const focused = byId("tabs").contains(document.activeElement) ? document.activeElement.dataset.platform : null;
    byId("tabs").replaceChildren(...tabs);
    if (focused) tabs.find((tab) => tab.dataset.platform === focused)?.focus();
  }
}

let guide = null;
const world = await look("world", { people: "none" });
document.title = `${world.company} – demo company`;
byId("company").textContent = `Demo company ${world.company}`;
byId("all-cards").hidden = !world.cards;
const desk = new Desk(world);
const stage = new Stage(byId("stage"), byId("stage-button"), byId("state"), desk);
guide = new Guide(byId("guide"), desk, stage);
const wire = new Wire(byId("wire"), byId("hop"), world.titles);

function changed(change) {
  if (change.kind === "wire") return wire.told(change.trips);
  if (change.kind === "stage") stage.refresh();
  else desk.panes.get(change.platform)?.told(change);
  guide.refresh();
}

function all() {
  for (const pane of desk.panes.values()) pane.draw();
  wire.start();
  stage.refresh();
  guide.refresh();
}

function lost() {
  byId("state").textContent = "The sandbox is away; trying to reach it again.";
}

listen(changed, lost, all);
await Promise.all([...desk.panes.values()].map((pane) => pane.start()));
all();
await guide.look();
document.documentElement.dataset.ready = "true";
