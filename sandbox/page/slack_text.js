// Slack's text: mrkdwn and rich_text, as docs.slack.dev/messaging/formatting-message-text describes them.
// Emoji names stay as they are written: there is no table of them here.

import { address, link, make } from "./parts.js";

const ENTITIES = { "&lt;": "<", "&gt;": ">", "&amp;": "&" };
// A mark counts only at the edge of a word, and never reaches over a line or into an entity.
const marked = (mark) => `(?<![\\p{L}\\p{N}${mark}])${mark}(?![\\s${mark}])((?:<[^<>\\n]*>|[^${mark}\\n<])+?)(?<!\\s)${mark}(?![\\p{L}\\p{N}${mark}])`;
const TOKEN = new RegExp(
  [
    "`([^`\\n]+)`",
    "<([^<>\\n]+)>",
    marked("\\*"),
    marked("_"),
    marked("~"),
    "(https?:\\/\\/[^\\s<>|]*[^\\s<>|.,;:!?)\\]'\"…])",
  ].join("|"),
  "gu",
);
const STYLES = { bold: "strong", italic: "em", strike: "s", underline: "u", code: "code" };

export function unescape(text) {
  return text.replace(/&(?:lt|gt|amp);/g, (entity) => ENTITIES[entity]);
}

// An ordinary message: its rich_text when it has one, else its text.
export function drawSlackText(blocks, text, acts = {}) {
  const rich = (blocks ?? []).filter((block) => block.type === "rich_text");
  const root = make("div", { className: "slack-text" });
  if (rich.length) root.append(...rich.map((block) => drawRichText(block, acts)));
  else root.append(drawMrkdwn(text ?? "", acts));
  return root;
}

export function drawMrkdwn(text, acts = {}) {
  const drawn = document.createDocumentFragment();
  String(text)
    .split(/```\n?([\s\S]+?)\n?```\n?/)
    .forEach((part, index) => {
      if (index % 2) drawn.append(make("pre", {}, make("code", { textContent: unescape(part) })));
      else if (part) drawn.append(...quoted(part, acts));
    });
  return drawn;
}

function quoted(text, acts) {
  const found = [];
  let lines = [];
  let quote = false;
  const close = () => {
    if (lines.length) found.push(make(quote ? "blockquote" : "p", {}, inline(lines.join("\n"), acts)));
    lines = [];
  };
  for (const line of text.replace(/\n$/, "").split("\n")) {
    const start = /^(?:&gt;|>) ?/.exec(line);
    if (Boolean(start) !== quote) close();
    quote = Boolean(start);
    lines.push(start ? line.slice(start[0].length) : line);
  }
  close();
  return found;
}

function inline(text, acts) {
  const drawn = document.createDocumentFragment();
  let at = 0;
  for (const found of text.matchAll(TOKEN)) {
    drawn.append(unescape(text.slice(at, found.index)), token(found, acts));
    at = found.index + found[0].length;
  }
  drawn.append(unescape(text.slice(at)));
  return drawn;
}

function token([, code, entity, bold, italic, strike, url], acts) {
  if (code) return make("code", { textContent: unescape(code) });
  if (entity) return drawEntity(entity, acts);
  if (bold) return make("strong", {}, inline(bold, acts));
  if (italic) return make("em", {}, inline(italic, acts));
  if (strike) return make("s", {}, inline(strike, acts));
  return link(unescape(url), unescape(url), acts, { type: "link", url: unescape(url) });
}

function drawEntity(entity, acts) {
  const cut = entity.indexOf("|");
  const target = unescape(cut < 0 ? entity : entity.slice(0, cut));
  const label = cut < 0 ? "" : unescape(entity.slice(cut + 1));
  if (target.startsWith("@")) return mention("@", acts.name?.(target.slice(1)) || label || target.slice(1));
  if (target.startsWith("#")) return mention("#", label || target.slice(1));
  if (target.startsWith("!")) return mention(label ? "" : "@", label || target.slice(1).split("^")[0]);
  if (address(target) === null) return document.createTextNode(`<${unescape(entity)}>`);
  return link(target, label || target.replace(/^mailto:/, ""), acts, { type: "link", url: target });
}

function mention(sign, name) {
  return make("span", { className: "mention", textContent: name.startsWith(sign) ? name : sign + name });
}

// -- rich_text -----------------------------------------------------------------------------------

export function drawRichText(block, acts = {}) {
  const drawn = (block.elements ?? []).map((element) => drawRich(element, acts));
  return make("div", { className: "rich-text" }, ...drawn);
}

function drawRich(element, acts) {
  const inner = element.elements ?? [];
  switch (element.type) {
    case "rich_text_list": {
      const list = make(element.style === "ordered" ? "ol" : "ul", {});
      if (element.offset && list.localName === "ol") list.start = element.offset + 1;
      if (element.indent) list.style.setProperty("--indent", Math.min(Number(element.indent) || 0, 8));
      list.append(...inner.map((item) => make("li", {}, ...leaves(item.elements ?? [], acts))));
      return list;
    }
    case "rich_text_quote":
      return make("blockquote", {}, ...leaves(inner, acts));
    case "rich_text_preformatted":
      return make("pre", {}, make("code", {}, ...leaves(inner, acts)));
    default:
      return make("p", {}, ...leaves(inner, acts));
  }
}

function leaves(elements, acts) {
  return elements.map((leaf) => {
    let drawn = drawLeaf(leaf, acts);
    for (const [style, name] of Object.entries(STYLES)) {
      if (leaf.style?.[style]) drawn = make(name, {}, drawn);
    }
    return drawn;
  });
}

function drawLeaf(leaf, acts) {
  switch (leaf.type) {
    case "text":
      return document.createTextNode(leaf.text);
    case "link":
      return link(leaf.url, leaf.text || leaf.url, acts, leaf);
    case "emoji":
      return make("span", { role: "img", ariaLabel: leaf.name ?? "emoji", textContent: emoji(leaf) });
    case "user":
      return mention("@", acts.name?.(leaf.user_id) || leaf.user_id);
    case "usergroup":
      return mention("@", leaf.usergroup_id);
    case "team":
      return mention("@", leaf.team_id);
    case "channel":
      return mention("#", leaf.channel_id);
    case "broadcast":
      return mention("@", leaf.range);
    case "date":
      return document.createTextNode(leaf.fallback ?? "");
    default:
      return document.createTextNode(leaf.value ?? leaf.text ?? "");
  }
}

function emoji(leaf) {
  const points = /^[0-9a-f]{1,6}(-[0-9a-f]{1,6})*$/i.test(leaf.unicode ?? "") ? leaf.unicode.split("-") : [];
  const numbers = points.map((point) => parseInt(point, 16));
  return numbers.length && numbers.every((n) => n <= 0x10ffff) ? String.fromCodePoint(...numbers) : `:${leaf.name}:`;
}
