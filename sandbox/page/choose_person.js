// Choosing a person: a button with the present one, which opens a search in the whole directory. A combobox with a
// list of answers; the sandbox searches, so that any number of people will do.

import { avatar, fresh, make } from "./dom.js";
import { people } from "./net.js";

const SHOWN = 12;

export class ChoosePerson {
  // label: what the choice is about; chosen(person): the new one.
  constructor(platform, label, chosen) {
    this.platform = platform;
    this.label = label;
    this.chosen = chosen;
    this.person = null;
    this.found = [];
    this.at = -1;
    this.asked = 0;
    const list = fresh("people");
    this.button = make("button", { type: "button", class: "present", "aria-haspopup": "listbox", "aria-expanded": "false", onclick: () => this.toggle() });
    this.input = make("input", {
      type: "text", role: "combobox", autocomplete: "off", spellcheck: "false", placeholder: "Search name or e-mail",
      "aria-label": `${label}: search people`, "aria-expanded": "true", "aria-controls": list, "aria-autocomplete": "list",
      oninput: () => this.search(), onkeydown: (event) => this.key(event),
    });
    this.list = make("ul", { id: list, role: "listbox", "aria-label": "People" });
    this.count = make("p", { class: "count", role: "status" });
    this.popup = make("div", { class: "popup", hidden: true }, this.input, this.list, this.count);
    this.root = make("div", { class: "choose-person" }, this.button, this.popup);
    this.root.addEventListener("focusout", (event) => !this.root.contains(event.relatedTarget) && this.close());
    this.list.addEventListener("mousedown", (event) => event.preventDefault());
  }

  show(person) {
    this.person = person;
    const role = person.admin ? make("span", { class: "role" }, "admin") : null;
    const mark = make("span", { class: "mark", "aria-hidden": "true" }, "▾");
    this.button.replaceChildren(...[avatar(person.name), make("span", { class: "name" }, person.name), role, mark].filter(Boolean));
    this.button.setAttribute("aria-label", `${this.label} ${person.name}${person.admin ? ", administrator" : ""}; change`);
  }

  toggle() {
    if (this.popup.hidden) this.open();
    else this.close();
  }

  async open() {
    this.popup.hidden = false;
    this.button.setAttribute("aria-expanded", "true");
    this.input.value = "";
    this.input.focus();
    await this.search();
  }

  close(back = false) {
    this.popup.hidden = true;
    this.button.setAttribute("aria-expanded", "false");
    if (back) this.button.focus();
  }

  async search() {
    this.asked += 1;
    const mine = this.asked;
    const answer = await people(this.platform, this.input.value, SHOWN).catch(() => ({ people: [], total: 0 }));
    if (mine !== this.asked) return;
    this.found = answer.people;
    this.at = this.found.length && this.input.value ? 0 : -1;
    const more = answer.total - this.found.length;
    this.count.textContent = answer.total ? (more > 0 ? `and ${more.toLocaleString()} more; type to search` : "") : "Nobody has that name.";
    this.list.replaceChildren(...this.found.map((person, number) => this.option(person, number)));
    this.mark();
  }

  option(person, number) {
    const words = make("span", { class: "name" }, person.name, make("small", {}, person.email));
    const role = person.admin ? make("span", { class: "role" }, "admin") : null;
    const picked = () => this.pick(this.found[number]);
    return make("li", { role: "option", id: `${this.list.id}-${number}`, "aria-selected": "false", onclick: picked }, avatar(person.name), words, role);
  }

  mark() {
    [...this.list.children].forEach((item, number) => {
      item.setAttribute("aria-selected", String(number === this.at));
      if (number === this.at) item.scrollIntoView({ block: "nearest" });
    });
    if (this.at < 0) this.input.removeAttribute("aria-activedescendant");
    else this.input.setAttribute("aria-activedescendant", `${this.list.id}-${this.at}`);
  }

  key(event) {
    const last = this.found.length - 1;
    const moves = { ArrowDown: Math.min(this.at + 1, last), ArrowUp: Math.max(this.at - 1, 0), Home: 0, End: last };
    if (event.key in moves) {
      this.at = moves[event.key];
      this.mark();
    } else if (event.key === "Enter" && this.found[this.at]) this.pick(this.found[this.at]);
    else if (event.key === "Escape") this.close(true);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  pick(person) {
    this.close(true);
    this.chosen(person);
  }
}
