// Which renderer draws a message: the platform's own where there is one, else words, buttons and choices as they are.

import { drawAdaptiveCard } from "./adaptive_card.js";
import { drawBlockKit } from "./block_kit.js";
import { drawPlainCard } from "./card.js";
import { make } from "./dom.js";
import { drawHtmlText } from "./html_text.js";
import { linked } from "./parts.js";
import { drawSlackText } from "./slack_text.js";
import { drawZoomCard } from "./zoom_card.js";
import { drawZoomText } from "./zoom_text.js";

export function drawCard(platform, message, acts) {
  const { blocks, content } = message.native ?? {};
  if (platform === "slack" && blocks) return drawBlockKit(blocks, acts);
  if (platform === "zoom" && content) return drawZoomCard(content, acts);
  if (message.card?.type === "AdaptiveCard") return drawAdaptiveCard(message.card, acts);
  return drawPlainCard(message, acts);
}

export function drawText(platform, message) {
  const { blocks, rich_text: marks, html, content, type } = message.native ?? {};
  if (platform === "slack" && blocks?.some((block) => block.type === "rich_text")) return drawSlackText(blocks, "");
  if (platform === "zoom" && marks) return drawZoomText(message.text, marks);
  if (platform === "webex" && html) return drawHtmlText(html);
  if (platform === "teams" && type === "html") return drawHtmlText(content);
  return make("div", { class: "text" }, make("p", {}, ...linked(message.text)));
}
