// Stage hands: a drawer with the switches for trouble. Every act says in words what came of it.

import { ChoosePerson } from "./choose_person.js";
import { listed, make } from "./dom.js";
import { act, look, people } from "./net.js";

const DAY = 86_400;
const SLOW = 2;
const AGAIN = 1_000;

export class Stage {
  constructor(root, button, state, desk) {
    this.root = root;
    this.toggleButton = button;
    this.state = state;
    this.desk = desk;
    this.mine = false;
    this.said = make("p", { class: "said", role: "status" });
    button.addEventListener("click", () => this.toggle());
    root.addEventListener("keydown", (event) => event.key === "Escape" && this.toggle());
    this.build();
  }

  toggle() {
    this.root.hidden = !this.root.hidden;
    this.toggleButton.setAttribute("aria-expanded", String(!this.root.hidden));
    if (this.root.hidden) this.toggleButton.focus();
    else this.root.querySelector("button").focus();
  }

  async refresh() {
    const shown = await look("stage").catch(() => null);
    if (!shown) return;
    this.shown = shown;
    this.mine = shown.bot !== null;
    this.draw();
    const down = shown.bot === "down";
    const words = [down ? "The bot is down; it comes back by itself." : "", ...this.trouble()].filter(Boolean).join(" ");
    if (this.state.textContent !== words) this.state.textContent = words;
    clearTimeout(this.timer);
    if (down) this.timer = setTimeout(() => this.refresh(), AGAIN);
  }

  trouble() {
    return Object.entries(this.shown.faults).flatMap(([name, faults]) => (faults.down ? [`${this.desk.titles[name]} is down.`] : []));
  }

  // -- what is there ---------------------------------------------------------------------------

  build() {
    const close = make("button", { type: "button", class: "quiet", onclick: () => this.toggle() }, "Close");
    this.clock = make("p", { class: "note" });
    this.switches = make("div", { class: "switches" });
    this.bot = make("div", { class: "part" });
    this.buildPerson();
    this.root.append(
      make("div", { class: "stage-head" }, make("h2", {}, "Stage hands"), close),
      this.said,
      part("Time", this.plain("+1 day", () => this.nextDay()), this.clock),
      part("Trouble", this.switches),
      part("People", this.where, this.whom, make("div", { class: "buttons" }, ...this.fates())),
      this.bot,
    );
  }

  plain(label, work) {
    return make("button", { type: "button", onclick: () => this.careful(work) }, label);
  }

  buildPerson() {
    const names = [...this.desk.panes.keys()];
    const options = names.map((name) => make("option", { value: name }, this.desk.titles[name]));
    const select = make("select", { onchange: () => this.choosePerson(select.value) }, ...options);
    this.where = make("label", {}, "On ", select);
    this.whom = make("div");
    this.choosePerson(names[0]);
  }

  async choosePerson(platform) {
    this.platform = platform;
    this.choice = new ChoosePerson(platform, "Person", (person) => {
      this.person = person;
      this.choice.show(person);
    });
    this.whom.replaceChildren(this.choice.root);
    const found = (await people(platform, "Ann Lee", 1)).people[0] ?? (await people(platform, "", 1)).people[0];
    if (!found || platform !== this.platform) return;
    this.person = found;
    this.choice.show(found);
  }

  fates() {
    return [
      this.plain("Revokes permission", () => this.revoke()),
      this.plain("Leaves the company", () => this.leave()),
      this.plain("Address differs", () => this.address()),
    ];
  }

  draw() {
    const ahead = Math.round(this.shown.clock.ahead / DAY);
    this.clock.textContent = ahead ? `The sandbox is ${ahead} ${ahead === 1 ? "day" : "days"} ahead.` : "The sandbox's time is real time.";
    const faults = Object.entries(this.shown.faults);
    const all = (name) => faults.length > 0 && faults.every(([, one]) => Boolean(one[name]));
    const rows = faults.map(([name, one]) => this.switch(`${this.desk.titles[name]} down`, one.down, (on) => act("faults", { platform: name, down: on, webhook_down: false })));
    rows.push(this.switch("Slow", all("slow"), (on) => this.everywhere({ slow: on ? SLOW : 0 })));
    rows.push(this.switch("Duplicate everything", all("duplicate"), (on) => this.everywhere({ duplicate: on })));
    const focused = this.switches.contains(document.activeElement) ? [...this.switches.children].indexOf(document.activeElement) : -1;
    this.switches.replaceChildren(...rows);
    if (focused >= 0) rows[focused].focus();
    this.drawBot();
  }

  drawBot() {
    this.bot.hidden = !this.mine;
    if (!this.mine) return;
    const down = this.shown.bot === "down";
    const focused = this.bot.contains(document.activeElement) ? document.activeElement.textContent : "";
    const kill = this.plain("Kill bot", () => this.move("kill", "The bot was killed. It comes back in a few seconds."));
    const back = this.plain("Restart bot", () => this.move("restart", "The bot is starting."));
    kill.disabled = down;
    this.bot.replaceChildren(make("h3", {}, "Bot"), make("p", { class: "note" }, down ? "down" : "running"), make("div", { class: "buttons" }, kill, back));
    if (focused) [kill, back].find((one) => one.textContent === focused && !one.disabled)?.focus();
  }

  switch(label, on, work) {
    const turn = async () => {
      await work(!on);
      await this.refresh();
      return `${label}: ${on ? "off" : "on"}.`;
    };
    return make("button", { type: "button", class: "switch", "aria-pressed": String(Boolean(on)), onclick: () => this.careful(turn) }, make("span", {}, label), make("span", { class: "on-off", "aria-hidden": "true" }, on ? "on" : "off"));
  }

  // -- doing -----------------------------------------------------------------------------------

  async careful(work) {
    try {
      this.said.textContent = (await work()) ?? "";
    } catch (fault) {
      this.said.textContent = `Not done: ${fault.message}.`;
    }
  }

  async everywhere(faults) {
    for (const platform of this.desk.panes.keys()) await act("faults", { platform, ...faults });
  }

  async nextDay() {
    const { refused } = await act("day", { advance: DAY });
    await this.refresh();
    return refused ? `A day has passed on the platforms, but not for the bot: ${refused}.` : "A day has passed, for the platforms and for the bot.";
  }

  async move(what, words) {
    await act("bot", { do: what });
    await this.refresh();
    return words;
  }

  async revoke() {
    await act("revoke", { platform: this.platform, as: this.person.id });
    return `${this.person.name} took the permission back in ${this.desk.titles[this.platform]}.`;
  }

  async leave() {
    const closed = [];
    for (const platform of this.desk.panes.keys()) {
      const found = (await people(platform, this.person.email || this.person.name, 5)).people.find((one) => one.name === this.person.name);
      if (!found) continue;
      await act("deactivate", { platform, as: found.id });
      closed.push(this.desk.titles[platform]);
    }
    const { name } = this.person;
    await this.choosePerson(this.platform);
    return closed.length ? `${name} has left; closed in ${listed(closed)}.` : `${name} has left already.`;
  }

  async address() {
    const email = this.person.email.replace("@", ".private@");
    await act("address", { platform: this.platform, as: this.person.id, email });
    this.person = { ...this.person, email };
    return `${this.person.name} is ${email} in ${this.desk.titles[this.platform]} now: import again and see.`;
  }
}

function part(title, ...inner) {
  return make("div", { class: "part" }, make("h3", {}, title), ...inner);
}
