// One platform's client: who is signed in, their conversations, the open one, the box to write in.

import { learn } from "./commands.js";
import { Composer } from "./composer.js";
import { Conversations } from "./conversations.js";
import { ChoosePerson } from "./choose_person.js";
import { coalesced, fresh, make } from "./dom.js";
import { Messages } from "./messages.js";
import { act, look, people } from "./net.js";

const BOT = { id: "bot", name: "Mio", bot: true };
// Where there are no commands: the bot reads the words as they stand.
const SAID = new Set(["webex", "teams"]);
const EMPTY_BOT = "This is where you talk with Mio. Type / to see what it can do.";

export class Pane {
  // changed(): somebody else signed in, or the number of unread messages changed. drawn(): something was read.
  constructor(platform, title, changed, drawn) {
    this.platform = platform;
    this.title = title;
    this.changed = changed;
    this.drawn = drawn;
    this.other = BOT;
    this.unread = 0;
    this.visible = true;
    this.conversations = new Conversations(platform, title, (other) => this.open(other));
    this.person = new ChoosePerson(platform, `${title}: signed in as`, (person) => this.become(person));
    this.messages = new Messages(platform, (message) => this.acts(message));
    this.composer = new Composer((text) => this.write(text));
    this.draw = coalesced(() => this.careful(() => this.drawOnce()));
    this.build();
  }

  build() {
    const heading = fresh("pane");
    this.name = make("h3", {});
    this.trouble = make("p", { class: "trouble", role: "alert" });
    const back = make("button", { type: "button", class: "back", onclick: () => this.leave() });
    this.back = back;
    this.drawBack();
    const chat = make("div", { class: "chat" }, make("div", { class: "with" }, back, this.name), this.messages.root, this.trouble, this.composer.root);
    const title = make("h2", { id: heading }, make("span", { class: "glyph", "aria-hidden": "true" }, this.title[0]), this.title);
    const who = make("div", { class: "who" }, make("span", { class: "signed", "aria-hidden": "true" }, "Signed in as"), this.person.root);
    const top = make("div", { class: "bar" }, title, who);
    const columns = make("div", { class: "columns" }, this.conversations.root, chat);
    this.root = make("section", { class: "pane reading-on", "aria-labelledby": heading, dataset: { platform: this.platform } }, top, columns);
  }

  async start() {
    const { people: first } = await people(this.platform, "", 1);
    this.conversations.look();
    if (first.length) this.become(first[0]);
  }

  // -- where one is ----------------------------------------------------------------------------

  become(person, other = BOT) {
    this.who = person;
    this.person.show(person);
    this.open(other, false);
    this.changed();
  }

  open(other, reading = true) {
    this.other = other;
    this.name.replaceChildren(other.name, other.bot ? make("span", { class: "tag" }, "app") : "");
    this.composer.to(other.name, Boolean(other.bot));
    this.messages.list.setAttribute("aria-label", `Conversation with ${other.name}`);
    this.trouble.textContent = "";
    const listed = this.conversations.root.contains(document.activeElement);
    if (reading) this.root.classList.add("reading-on");
    // In a narrow pane the list that had the focus is out of sight now.
    if (listed && this.back.checkVisibility()) this.messages.list.focus();
    this.draw();
  }

  leave() {
    this.root.classList.remove("reading-on");
    this.conversations.search.focus();
  }

  // The named person signs in and opens a conversation; returns once it is drawn.
  async go(email, withEmail) {
    const found = await this.find(email);
    if (!found) throw new Error(`nobody with the address ${email} in ${this.title}`);
    const other = withEmail ? await this.find(withEmail) : BOT;
    if (!other) throw new Error(`nobody with the address ${withEmail} in ${this.title}`);
    this.become(found, other);
    this.root.classList.add("reading-on");
    await this.drawOnce();
  }

  async find(email) {
    const answer = await people(this.platform, email, 5);
    return answer.people.find((person) => person.email === email) ?? null;
  }

  // -- drawing ---------------------------------------------------------------------------------

  told(change) {
    if (!this.who) return;
    if (change.kind === "account") {
      this.conversations.look();
      if (change.id === this.who.id) this.refresh();
    } else if (!change.members || change.members.includes(this.who.id)) this.draw();
  }

  // The account that is signed in was changed or closed.
  async refresh() {
    const answer = await people(this.platform, this.who.name, 5);
    const same = answer.people.find((person) => person.id === this.who.id);
    if (same) {
      this.who = same;
      this.person.show(same);
    } else await this.start();
  }

  async drawOnce() {
    if (!this.who) return;
    const [who, other] = [this.who.id, this.other];
    const me = { platform: this.platform, as: who };
    const open = this.visible ? await look("chat", { ...me, with: other.id }) : null;
    const { chats } = await look("chats", me);
    if (who !== this.who.id || other !== this.other) return;
    this.conversations.draw(chats, who, other.id);
    if (open) this.drawMessages(open.messages, who);
    this.count(chats);
    if (open) this.drawn();
  }

  drawMessages(messages, who) {
    for (const message of messages) if (message.card) learn(message.lines);
    const empty = this.other.bot ? EMPTY_BOT : `Nothing was said yet. Write to ${this.other.name}.`;
    this.messages.draw(`${who} ${this.other.id}`, messages, who, empty);
  }

  count(chats) {
    const unread = chats.reduce((sum, chat) => sum + chat.unread, 0);
    if (unread === this.unread) return;
    this.unread = unread;
    this.drawBack();
    this.changed();
  }

  // Where the list is out of sight, the way back to it says what waits there.
  drawBack() {
    this.back.setAttribute("aria-label", `Back to the conversations${this.unread ? `, ${this.unread} unread` : ""}`);
    this.back.replaceChildren("‹", this.unread ? make("span", { class: "unread" }, String(this.unread)) : "");
  }

  async careful(work) {
    try {
      await work();
      return true;
    } catch (fault) {
      this.trouble.textContent = fault instanceof TypeError ? "The sandbox does not answer." : `Not done: ${fault.message}.`;
      return false;
    }
  }

  // -- doing -----------------------------------------------------------------------------------

  async write(text) {
    this.trouble.textContent = "";
    const me = { platform: this.platform, as: this.who.id };
    const command = /^\/mio\b\s*(.*)$/is.exec(text);
    if (command && !this.other.bot) this.open(BOT);
    const done = await this.careful(() =>
      command && !SAID.has(this.platform) ? act("command", { ...me, text: command[1] }) : act("say", { ...me, to: this.other.id, text }),
    );
    this.messages.toEnd();
    this.draw();
    return done;
  }

  acts(message) {
    const me = { platform: this.platform, as: this.who.id, message: message.id };
    return {
      press: (label, element, node, inputs) => this.press(me, label, inputs),
      choose: (option) => this.after(() => act("choose", { ...me, option })),
      edit: (field, text) => this.after(() => act("fill", { ...me, field, text })),
    };
  }

  // A button with an address is a link that opens by itself; the page there is told who sits here.
  press(me, label, inputs) {
    localStorage.setItem("sandbox-signed-in", JSON.stringify({ name: this.who.name, email: this.who.email }));
    return this.after(() => act("press", { ...me, button: label, inputs }));
  }

  async after(work) {
    this.trouble.textContent = "";
    this.root.classList.add("busy");
    await this.careful(work);
    this.root.classList.remove("busy");
    this.draw();
  }
}
