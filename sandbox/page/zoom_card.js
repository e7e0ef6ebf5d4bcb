// Zoom's chatbot cards (developers.zoom.us/docs/chat/customizing-messages), drawn from `content`. `acts`: see parts.js.
// Pictures are shown as their words: nothing is fetched.

import { button, choice, editable, link, make, unknown } from "./parts.js";
import { drawMrkdwn } from "./slack_text.js";

const STYLES = { Primary: "primary", Danger: "danger", Disabled: "disabled" };
const COLOUR = /^(#[0-9a-f]{3,8}|[a-z]+)$/i;

export function drawZoomCard(content, acts = {}) {
  const { head, body = [], settings = {} } = content;
  const root = make("div", { className: "zoom-card", role: "group", ariaLabel: head.text });
  const markdown = Boolean(content.is_markdown_support ?? settings.is_markdown_support);
  root.append(make("h4", {}, styled(head.text, head.style)));
  if (head.sub_head?.text) root.append(make("p", { className: "sub-head" }, styled(head.sub_head.text, head.sub_head.style)));
  const drawn = body.map((block) => drawBlock(block, acts, markdown));
  root.append(make("div", { className: "body" }, ...drawn));
  if (settings.sidebar_color) sidebar(root, settings.sidebar_color);
  return root;
}

function drawBlock(block, acts, markdown) {
  switch (block.type) {
    case "message":
      return drawMessage(block, acts, markdown);
    case "fields":
      return make("dl", { className: "fields" }, ...block.items.map((item) => drawField(item, acts)));
    case "actions":
      return make("div", { className: "actions" }, ...block.items.map((item) => drawAction(item, acts)));
    case "select":
      return drawSelect(block, acts);
    case "section":
      return drawSection(block, acts, markdown);
    case "attachments":
      return drawAttachment(block, acts);
    case "divider":
      return make("hr", {});
    default:
      return unknown(block.type);
  }
}

function drawMessage(block, acts, markdown) {
  if (block.link) return make("p", { className: "link" }, link(block.link, styled(block.text, block.style), acts, block));
  if (block.editable) return make("p", {}, editable("Message", block.text, true, acts, block));
  // The style is ignored where markdown is on.
  if (block.is_markdown_support ?? markdown) return make("div", { className: "markdown" }, drawMrkdwn(block.text, acts));
  return make("p", {}, styled(block.text, block.style));
}

function styled(words, style = {}) {
  let drawn = document.createTextNode(words);
  if (style?.bold) drawn = make("strong", {}, drawn);
  if (style?.italic) drawn = make("em", {}, drawn);
  if (COLOUR.test(style?.color ?? "")) {
    drawn = make("span", { className: "coloured" }, drawn);
    drawn.style.setProperty("--asked", style.color);
  }
  return drawn;
}

function drawField(item, acts) {
  const value = item.editable ? editable(item.key, item.value, false, acts, item) : styled(item.value ?? "", item.style);
  const pair = [make("dt", { textContent: item.key ?? "" }), make("dd", {}, value)];
  return make("div", { className: item.short ? "short" : "" }, ...pair);
}

function drawAction(item, acts) {
  const made = button(item.text, STYLES[item.style], null, acts, item);
  made.disabled = item.style === "Disabled";
  return made;
}

function drawSelect(block, acts) {
  const labels = (block.select_items ?? []).map((item) => item.text);
  const chosen = block.selected_item?.text;
  const words = make("span", { textContent: block.text ?? "Choose" });
  return make("label", { className: "select" }, words, choice(block.text ?? "Choose", "Choose…", labels, chosen, acts, block));
}

function drawSection(block, acts, markdown) {
  const made = make("div", { className: "section" });
  sidebar(made, block.sidebar_color);
  made.append(...(block.sections ?? []).map((inner) => drawBlock(inner, acts, markdown)));
  const at = Number(block.ts) ? new Date(Number(block.ts)).toLocaleString() : "";
  const footer = [block.footer, at].filter(Boolean).join(" · ");
  if (footer) made.append(make("p", { className: "footer", textContent: footer }));
  return made;
}

function sidebar(node, colour) {
  node.classList.add("barred");
  if (COLOUR.test(colour ?? "")) node.style.setProperty("--bar", colour);
}

function drawAttachment(block, acts) {
  const { title, description } = block.information ?? {};
  const words = title?.text ?? "Attachment";
  const head = block.resource_url ? link(block.resource_url, styled(words, title?.style), acts, block) : styled(words, title?.style);
  const rest = description?.text ? make("p", {}, styled(description.text, description.style)) : null;
  const picture = block.img_url ? make("p", { className: "picture", textContent: "[Picture]" }) : null;
  return make("div", { className: "attachment" }, make("p", {}, head), rest, picture);
}
