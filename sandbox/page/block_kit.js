// Slack's cards (Block Kit, docs.slack.dev/reference/block-kit), drawn from the blocks a bot posted. `acts`: see parts.js.
// Pictures are shown as their words: nothing is fetched.

import { drawMarkdown } from "./markdown.js";
import { button, choice, editable, make, unknown } from "./parts.js";
import { drawMrkdwn, drawRichText } from "./slack_text.js";

export function drawBlockKit(blocks, acts = {}) {
  const title = blocks.find((block) => block.type === "header")?.text?.text;
  const root = make("div", { className: "block-kit", role: "group", ariaLabel: title ?? "Card" });
  root.append(...blocks.map((block) => drawBlock(block, acts)));
  return root;
}

function drawBlock(block, acts) {
  switch (block.type) {
    case "header":
      return make("h4", { textContent: block.text.text });
    case "section":
      return drawSection(block, acts);
    case "context":
      return make("div", { className: "context" }, ...block.elements.map((element) => drawText(element, acts)));
    case "divider":
      return make("hr", {});
    case "actions":
      return make("div", { className: "actions" }, ...block.elements.map((element) => drawElement(element, acts)));
    case "rich_text":
      return drawRichText(block, acts);
    case "markdown":
      return make("div", { className: "markdown" }, drawMarkdown(block.text, acts));
    case "image":
      return picture(block);
    case "input":
      return drawInput(block, acts);
    default:
      return unknown(block.type);
  }
}

function drawSection(block, acts) {
  const words = make("div", { className: "words" });
  if (block.text) words.append(drawText(block.text, acts));
  if (block.fields?.length) {
    const fields = block.fields.map((field) => make("li", {}, drawText(field, acts)));
    words.append(make("ul", { className: "fields" }, ...fields));
  }
  const accessory = block.accessory ? drawElement(block.accessory, acts) : null;
  return make("div", { className: "section" }, words, accessory);
}

function drawText(text, acts) {
  if (text.type === "image") return picture(text);
  if (text.type === "plain_text") return make("p", { textContent: text.text });
  return make("div", { className: "mrkdwn" }, drawMrkdwn(text.text, acts));
}

function drawElement(element, acts) {
  switch (element.type) {
    case "button":
      return button(element.text.text, element.style, element.url, acts, element);
    case "static_select": {
      const groups = (element.option_groups ?? []).flatMap((group) => group.options);
      const labels = [...(element.options ?? []), ...groups].map((option) => option.text.text);
      const prompt = element.placeholder?.text ?? "Choose…";
      return choice(prompt, prompt, labels, element.initial_option?.text.text, acts, element);
    }
    case "multi_static_select":
      return drawSeveral(element, acts);
    case "image":
      return picture(element);
    default:
      return unknown(element.type);
  }
}

// Several may be chosen: each change reports the option that was touched.
function drawSeveral(element, acts) {
  const chosen = new Set((element.initial_options ?? []).map((option) => option.value));
  const boxes = element.options.map((option) => {
    const box = make("input", { type: "checkbox", checked: chosen.has(option.value) });
    box.addEventListener("change", () => acts.choose?.(option.text.text, element, box));
    return make("label", { className: "several" }, box, ` ${option.text.text}`);
  });
  return make("fieldset", {}, make("legend", { textContent: element.placeholder?.text ?? "Choose" }), ...boxes);
}

// Sent with Enter, as in the client; the button is there for those who press.
function drawInput(block, acts) {
  const label = block.label.text;
  if (block.element.type !== "plain_text_input") return make("div", {}, make("p", { textContent: label }), drawElement(block.element, acts));
  const filled = editable(label, block.element.initial_value, false, acts, block.element);
  return make("div", { className: "words" }, `${label}: `, filled);
}

function picture(element) {
  const words = [element.title?.text, element.alt_text].filter(Boolean).join(": ");
  return make("p", { className: "picture", textContent: `[Picture: ${words || "without description"}]` });
}
