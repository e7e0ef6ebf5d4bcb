// What people write in Webex and Teams is HTML. It is read by the browser into a document that does nothing, and only known
// elements are made anew from it, without their attributes; all else is its words.

import { link, linked, make } from "./parts.js";

const SAME = new Set(["p", "ul", "ol", "li", "blockquote", "pre", "code", "strong", "em", "s", "u", "h4", "h5", "br"]);
const OTHER = { b: "strong", i: "em", del: "s", strike: "s", div: "p", h1: "h4", h2: "h4", h3: "h5", h6: "h5" };
const MENTIONS = new Set(["spark-mention", "at"]);
const SILENT = new Set(["script", "style", "template", "attachment", "head", "title", "noscript", "iframe", "object", "svg", "math"]);

export function drawHtmlText(html, acts = {}) {
  const read = new DOMParser().parseFromString(String(html), "text/html");
  return make("div", { className: "html-text" }, ...inside(read.body, acts));
}

function inside(node, acts) {
  return [...node.childNodes].flatMap((child) => copied(child, acts));
}

function copied(node, acts) {
  if (node.nodeType === Node.TEXT_NODE) return linked(node.data, acts);
  if (node.nodeType !== Node.ELEMENT_NODE || SILENT.has(node.localName)) return [];
  const name = OTHER[node.localName] ?? node.localName;
  if (SAME.has(name)) return [make(name, {}, ...inside(node, acts))];
  if (name === "a") return [link(node.getAttribute("href"), node.textContent, acts, { type: "link" })];
  if (MENTIONS.has(name)) return [make("span", { className: "mention", textContent: node.textContent })];
  if (name === "emoji") return [node.getAttribute("alt") ?? ""];
  if (name === "img") return [make("span", { className: "picture", textContent: `[Picture: ${node.getAttribute("alt") || "without description"}]` })];
  return inside(node, acts);
}
