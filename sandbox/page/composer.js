// The box people write in: messages, and commands with completion. Enter sends, Shift and Enter makes a new line.

import { complete } from "./commands.js";
import { fresh, make } from "./dom.js";

export class Composer {
  // send(text) carries it out; what fails comes back into the box.
  constructor(send) {
    this.send = send;
    this.offers = [];
    this.at = -1;
    const list = fresh("offers");
    this.list = make("ul", { id: list, role: "listbox", "aria-label": "Commands", class: "offers", hidden: true });
    this.list.addEventListener("mousedown", (event) => event.preventDefault());
    this.box = make("textarea", {
      rows: "1", autocomplete: "off", "aria-controls": list, "aria-autocomplete": "list", "aria-haspopup": "listbox",
      oninput: () => this.typed(), onkeydown: (event) => this.key(event), onblur: () => this.offer([]),
    });
    this.slash = make("button", { type: "button", class: "slash", title: "Commands", "aria-label": "Commands", onclick: () => this.begin() }, "/");
    this.button = make("button", { class: "send" }, "Send");
    this.root = make("form", { class: "write", onsubmit: (event) => this.submit(event) }, this.list, this.slash, this.box, this.button);
  }

  to(name, bot) {
    this.box.placeholder = bot ? `Message ${name}, or /mio` : `Message ${name}`;
    this.box.setAttribute("aria-label", `Message to ${name}`);
    this.slash.hidden = !bot;
  }

  begin() {
    if (!this.box.value) this.box.value = "/mio ";
    this.box.focus();
    this.typed();
  }

  fill(text) {
    this.box.value = text;
    this.grow();
    this.offer([]);
    this.button.focus();
    this.root.classList.remove("filled");
    requestAnimationFrame(() => this.root.classList.add("filled"));
  }

  typed() {
    this.grow();
    this.root.classList.remove("filled");
    this.offer(complete(this.box.value));
  }

  grow() {
    this.box.style.height = "auto";
    this.box.style.height = `${Math.min(this.box.scrollHeight + 2, 140)}px`;
  }

  offer(offers) {
    this.offers = offers;
    this.at = -1;
    this.list.hidden = !offers.length;
    const rows = offers.map((one, number) => {
      const words = make("span", { class: "verb" }, `/mio ${one.verb}`, make("span", { class: "form" }, ` ${one.form}`));
      const picked = () => this.take(number);
      return make("li", { role: "option", id: `${this.list.id}-${number}`, "aria-selected": "false", onclick: picked }, words, make("small", {}, one.line));
    });
    this.list.replaceChildren(...rows);
    this.mark();
  }

  mark() {
    [...this.list.children].forEach((row, number) => {
      row.setAttribute("aria-selected", String(number === this.at));
      if (number === this.at) row.scrollIntoView({ block: "nearest" });
    });
    if (this.at < 0) this.box.removeAttribute("aria-activedescendant");
    else this.box.setAttribute("aria-activedescendant", `${this.list.id}-${this.at}`);
  }

  take(number) {
    const one = this.offers[number];
    this.box.value = `/mio ${one.verb}${one.form ? " " : ""}`;
    this.offer([]);
    this.grow();
    this.box.focus();
  }

  key(event) {
    const open = this.offers.length > 0;
    if (open && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      const step = event.key === "ArrowDown" ? 1 : -1;
      this.at = (this.at + step + this.offers.length) % this.offers.length;
      this.mark();
    } else if (open && this.at >= 0 && (event.key === "Enter" || event.key === "Tab")) this.take(this.at);
    else if (open && event.key === "Escape") this.offer([]);
    else if (event.key === "Enter" && !event.shiftKey && !event.isComposing) this.root.requestSubmit();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  async submit(event) {
    event.preventDefault();
    const text = this.box.value.trim();
    if (!text) return this.box.focus();
    this.box.value = "";
    this.typed();
    this.box.focus();
    if (!(await this.send(text)) && !this.box.value) {
      this.box.value = text;
      this.grow();
    }
  }
}
