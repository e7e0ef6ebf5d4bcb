// Making elements: the only place that knows how. Text is always text, never markup.

// make("button", { class: "quiet", type: "button", "aria-label": "Close", onclick }, "Close")
export function make(name, properties = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (key === "dataset") Object.assign(made.dataset, value);
    else if (key === "value") made.value = value;
    else made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

const HUES = 6;

// A person's initials on one of a few colours, the same for the same name everywhere.
export function avatar(name, bot = false) {
  const words = name.split(/\s+/).filter(Boolean);
  const letters = bot ? "◆" : (words[0]?.[0] ?? "?") + (words.length > 1 ? words.at(-1).replace(/\d/g, "")[0] ?? words[1][0] : "");
  let sum = 0;
  for (const char of name) sum = (sum * 31 + char.codePointAt(0)) % 9973;
  return make("span", { class: `avatar hue-${bot ? "bot" : sum % HUES}`, "aria-hidden": "true" }, letters.toUpperCase());
}

const CLOCK = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const DAY = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });

export function clock(seconds) {
  const at = new Date(seconds * 1000);
  return make("time", { datetime: at.toISOString() }, CLOCK.format(at));
}

export function day(seconds) {
  return DAY.format(new Date(seconds * 1000));
}

// "Slack, Zoom and Webex"
export function listed(names) {
  return [names.slice(0, -1).join(", "), names.at(-1)].filter(Boolean).join(" and ");
}

let number = 0;

export function fresh(words) {
  number += 1;
  return `${words}-${number}`;
}

// Runs the work once soon, however often it is asked for; asked for while it runs, once more afterwards.
export function coalesced(work, wait = 0) {
  let running = false;
  let again = false;
  let timer = null;
  const run = async () => {
    timer = null;
    running = true;
    do {
      again = false;
      await work();
    } while (again);
    running = false;
  };
  return () => {
    if (running) again = true;
    else timer ??= setTimeout(run, wait);
  };
}
