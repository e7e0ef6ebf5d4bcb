// Which renderer draws a message: the platform's own where there is one, else words, buttons and choices as they are.

import { drawAdaptiveCard } from "./adaptive_card.js";
import { drawBlockKit } from "./block_kit.js";
import { drawPlainCard } from "./card.js";
import { make } from "./dom.js";
import { drawSlackText } from "./slack_text.js";
import { drawZoomCard } from "./zoom_card.js";
import { drawZoomText } from "./zoom_text.js";

const ADDRESS = /https?:\/\/[^\s<>"]+[^\s<>".,;:!?)\]]/g;

export function drawCard(platform, message, acts) {
  const { blocks, content } = message.native ?? {};
  if (platform === "slack" && blocks) return drawBlockKit(blocks, acts);
  if (platform === "zoom" && content) return drawZoomCard(content, acts);
  if (content?.type === "AdaptiveCard") return drawAdaptiveCard(content, acts);
  return drawPlainCard(message, acts);
}

export function drawText(platform, message) {
  const { blocks, rich_text: marks } = message.native ?? {};
  if (platform === "slack" && blocks?.some((block) => block.type === "rich_text")) return drawSlackText(blocks, "");
  if (platform === "zoom" && marks) return drawZoomText(message.text, marks);
  return make("div", { class: "text" }, make("p", {}, ...linked(message.text)));
}

// Plain words with their web addresses made links.
function linked(words) {
  const found = [];
  let at = 0;
  for (const match of words.matchAll(ADDRESS)) {
    found.push(words.slice(at, match.index), make("a", { href: match[0], target: "_blank", rel: "noopener" }, match[0]));
    at = match.index + match[0].length;
  }
  return [...found, words.slice(at)];
}
