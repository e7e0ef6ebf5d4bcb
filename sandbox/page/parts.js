// What every card renderer is made of: elements, links, buttons and drop-downs that report to `acts`.
// Foreign text only ever becomes a text node, and only web and mail addresses become links.
//
// acts = { press(label, element, node, inputs), choose(label, element, node), edit(key, value, element, node), name(id) }
// `element` is the platform's own JSON of what was touched, `node` what is on the screen; `inputs`, where a press carries
// them, what the card's fields hold by their ids. Each may be left out.

const SCHEMES = new Set(["http:", "https:", "mailto:"]);
const WRITTEN = /https?:\/\/[^\s<>"]+[^\s<>".,;:!?)\]]/g;

export function make(name, properties, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

// The address when it may be opened, else null.
export function address(url) {
  try {
    return SCHEMES.has(new URL(url).protocol) ? String(url) : null;
  } catch {
    return null;
  }
}

export function link(url, words, acts, element) {
  const href = address(url);
  if (href === null) return make("span", {}, words);
  const made = make("a", { href, target: "_blank", rel: "noopener" }, words);
  made.addEventListener("click", () => acts.press?.(made.textContent, element, made));
  return made;
}

// Plain words with their web addresses made links.
export function linked(words, acts = {}) {
  const found = [];
  let at = 0;
  for (const match of words.matchAll(WRITTEN)) {
    found.push(words.slice(at, match.index), link(match[0], match[0], acts));
    at = match.index + match[0].length;
  }
  return [...found, words.slice(at)];
}

// A button; with an address it looks the same and is a link, as it is for a screen reader.
export function button(label, style, url, acts, element) {
  const className = style ? `button ${style}` : "button";
  const href = address(url);
  const made = href
    ? make("a", { className, href, target: "_blank", rel: "noopener", textContent: label })
    : make("button", { className, type: "button", textContent: label });
  made.addEventListener("click", () => acts.press?.(label, element, made));
  return made;
}

// A drop-down that is asked for with `prompt`. Choosing is pressing.
export function choice(label, prompt, labels, chosen, acts, element) {
  const first = make("option", { value: "", textContent: prompt });
  const options = labels.map((words) => make("option", { value: words, textContent: words }));
  const made = make("select", { ariaLabel: label }, first, ...options);
  made.value = labels.includes(chosen) ? chosen : "";
  made.addEventListener("change", () => {
    if (made.value) acts.choose?.(made.value, element, made);
  });
  return made;
}

// A value that a person may change in place.
export function editable(label, value, long, acts, element) {
  const input = make(long ? "textarea" : "input", { value: value ?? "", ariaLabel: label });
  const save = make("button", { className: "button", type: "button", textContent: "Save" });
  save.setAttribute("aria-label", `Save ${label}`);
  save.addEventListener("click", () => acts.edit?.(label, input.value, element, input));
  return make("span", { className: "editable" }, input, save);
}

// Said aloud rather than left out: a card must not lose a part in silence.
export function unknown(kind) {
  return make("p", { className: "unknown", textContent: `[${kind || "nameless"}: this part cannot be drawn here]` });
}
