// Slack's `markdown` block: the part of Markdown that docs.slack.dev lists for it, without tables and pictures.

import { link, make } from "./parts.js";

const TOKEN = /`([^`\n]+)`|\[([^\]\n]+)\]\(([^()\s]+)\)|\*\*(?!\s)([^*\n]+)\*\*|[*_](?!\s)([^*_\n]+)[*_]|~~([^~\n]+)~~/g;
const ITEM = /^\s*(?:[-*+]|(\d+)[.)])\s+(.*)$/;

export function drawMarkdown(text, acts = {}) {
  const drawn = document.createDocumentFragment();
  String(text)
    .split(/^```[^\n]*\n([\s\S]*?)\n?^```[ \t]*$/m)
    .forEach((part, index) => {
      if (index % 2) drawn.append(make("pre", {}, make("code", { textContent: part })));
      else for (const paragraph of part.split(/\n{2,}/)) drawn.append(...lines(paragraph, acts));
    });
  return drawn;
}

function lines(paragraph, acts) {
  const found = [];
  for (const line of paragraph.split("\n").filter((words) => words.trim())) {
    const last = found.at(-1);
    const [kind, words, start] = lineOf(line);
    if (kind === "li") {
      const name = start ? "ol" : "ul";
      const list = last?.localName === name ? last : make(name, {});
      if (list !== last) found.push(list);
      if (list !== last && start) list.start = Number(start);
      list.append(make("li", {}, inline(words, acts)));
    } else if (kind === last?.localName && kind !== "h5") {
      last.append("\n", inline(words, acts));
    } else {
      found.push(make(kind, {}, inline(words, acts)));
    }
  }
  return found;
}

function lineOf(line) {
  const item = ITEM.exec(line);
  if (item) return ["li", item[2], item[1]];
  if (/^#{1,6}\s/.test(line)) return ["h5", line.replace(/^#+\s+/, "")];
  if (/^>/.test(line)) return ["blockquote", line.replace(/^>\s?/, "")];
  return ["p", line];
}

function inline(text, acts) {
  const drawn = document.createDocumentFragment();
  let at = 0;
  for (const found of text.matchAll(TOKEN)) {
    drawn.append(text.slice(at, found.index), token(found, acts));
    at = found.index + found[0].length;
  }
  drawn.append(text.slice(at));
  return drawn;
}

function token([, code, label, url, bold, italic, strike], acts) {
  if (code) return make("code", { textContent: code });
  if (label) return link(url, label, acts, { type: "link", url });
  if (bold) return make("strong", {}, inline(bold, acts));
  if (italic) return make("em", {}, inline(italic, acts));
  return make("s", {}, inline(strike, acts));
}
