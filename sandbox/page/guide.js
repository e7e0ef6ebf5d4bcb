// The guide: one line with the next step and a button that takes one there; all steps on request. What is done is seen
// from outside, never remembered here.

import { coalesced, make } from "./dom.js";
import { act, look } from "./net.js";
import { steps } from "./steps.js";

const FOLLOWED = 3_000;
const LOOKS = 60;

export class Guide {
  constructor(root, desk, stage) {
    this.root = root;
    this.desk = desk;
    this.stage = stage;
    this.opened = false;
    this.was = "";
    this.refresh = coalesced(() => this.look(), 120);
  }

  async look() {
    const facts = await look("guide").catch(() => null);
    if (!facts) return;
    this.facts = facts;
    this.draw();
  }

  draw() {
    const all = steps(this.facts, this.desk.titles).filter((step) => !step.stage || this.stage.mine || step.done);
    const next = all.find((step) => !step.done);
    const now = JSON.stringify([all.map((step) => [step.id, step.done]), next?.text, this.opened]);
    if (now === this.was) return;
    this.was = now;
    const focus = this.root.contains(document.activeElement) ? document.activeElement.dataset.role : null;
    this.root.hidden = false;
    this.root.replaceChildren(this.line(all, next), ...(this.opened ? [this.list(all, next)] : []));
    if (focus) this.root.querySelector(`[data-role=${focus}]`)?.focus();
  }

  line(all, next) {
    const at = next ? all.indexOf(next) + 1 : all.length;
    const count = make("span", { class: "count", "aria-label": `Step ${at} of ${all.length}` }, next ? `${at}/${all.length}` : "✓");
    const words = next ? next.text : "That was everything. Break what you like: the stage hands are up there on the right.";
    const go = next ? make("button", { type: "button", class: "go", dataset: { role: "go" }, onclick: () => this.take(next) }, next.button) : null;
    const more = make("button", { type: "button", class: "quiet", "aria-expanded": String(this.opened), "aria-controls": "steps", dataset: { role: "more" }, onclick: () => this.toggle() }, this.opened ? "Hide steps" : "All steps");
    return make("div", { class: "line" }, count, make("p", { role: "status" }, words), make("span", { class: "buttons" }, go, more));
  }

  toggle() {
    this.opened = !this.opened;
    this.draw();
  }

  list(all, next) {
    const chapters = [...new Set(all.map((step) => step.chapter))];
    const parts = chapters.map((chapter) => {
      const items = all.filter((step) => step.chapter === chapter).map((step) => this.item(step, step === next));
      return make("div", {}, make("h2", {}, chapter), make("ol", {}, ...items));
    });
    return make("div", { id: "steps", class: "steps" }, ...parts);
  }

  item(step, next) {
    const mark = make("span", { class: "check" }, step.done ? "✓" : next ? "→" : "○", make("span", { class: "unseen" }, step.done ? " done: " : next ? " next: " : " to do: "));
    const again = make("button", { type: "button", class: "quiet", "aria-label": `${step.button}: ${step.text}`, onclick: () => this.take(step) }, step.button);
    return make("li", { class: step.done ? "done" : "" }, mark, make("span", {}, step.text), again);
  }

  async take(step) {
    this.opened = false;
    this.draw();
    try {
      await step.act(this, this.facts);
    } catch (fault) {
      this.root.querySelector("[role=status]").textContent = `That did not work: ${fault.message}.`;
      this.was = "";
    }
  }

  // -- where the buttons lead ------------------------------------------------------------------

  email(who) {
    return this.facts.cast[who].email;
  }

  async open(platform, who, other) {
    const pane = this.desk.show(platform);
    await pane.go(this.email(who), other ? this.email(other) : null);
    return pane;
  }

  // Fills the box; the person presses Send.
  async fill(platform, who, other, text) {
    const pane = await this.open(platform, who, other);
    pane.composer.fill(text);
  }

  // Puts the focus on a card's button; the person presses it. A card may still be on its way.
  async button(place, who, label) {
    const pane = await this.open(place.platform, who, null);
    for (let tries = 0; tries < LOOKS; tries += 1) {
      const control = place.message ? pane.messages.control(place.message, label) : null;
      if (control) return point(control);
      await new Promise(requestAnimationFrame);
    }
    pane.messages.list.focus();
  }

  // Ten messages, one after the other; the bot is killed after the fourth. The platforms' pauses before they send again
  // are made short, as the button's result would otherwise take an hour.
  async burst(number) {
    const { facts } = this;
    for (const platform of this.desk.panes.keys()) await act("faults", { platform, retry_scale: 0.03 });
    await this.open(facts.home, "ann", "bob");
    const pane = await this.open(facts.away, "bob", "ann");
    for (let at = 1; at <= number; at += 1) {
      await act("say", { platform: facts.away, as: pane.who.id, to: pane.other.id, text: `Burst ${at} of ${number}` });
      if (at === 4) await act("bot", { do: "kill" });
    }
    this.desk.show(facts.home);
  }

  async revoke(platform, who) {
    await act("revoke", { platform, as: this.facts.cast[who].accounts[platform] });
    await this.open(this.facts.home, who, null);
    setTimeout(() => this.refresh(), FOLLOWED);
  }
}

function point(control) {
  control.scrollIntoView({ block: "center" });
  control.focus();
  control.classList.add("pointed");
  control.addEventListener("blur", () => control.classList.remove("pointed"), { once: true });
}
