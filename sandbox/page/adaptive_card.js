// Adaptive Cards as Webex draws them, as far as they are words, inputs and buttons (adaptivecards.io/explorer), drawn from
// the card's `content`. `acts`: see parts.js. Anything else is named, not dropped.

import { button, choice, editable, make, unknown } from "./parts.js";

const STYLES = { positive: "primary", destructive: "danger" };

export function drawAdaptiveCard(content, acts = {}) {
  const root = make("div", { className: "zoom-card adaptive-card", role: "group" });
  for (const [at, element] of (content.body ?? []).entries()) root.append(drawElement(element, acts, at === 0));
  if (content.actions?.length) root.append(drawActions(content.actions, acts));
  const title = root.querySelector("h4");
  if (title) root.setAttribute("aria-label", title.textContent);
  return root;
}

function drawElement(element, acts, first) {
  switch (element.type) {
    case "RichTextBlock":
      return make(first ? "h4" : "p", {}, ...element.inlines.map((run) => drawRun(run, first)));
    case "TextBlock":
      return make(first ? "h4" : "p", { textContent: element.text });
    case "Input.ChoiceSet":
      return element.isMultiSelect ? drawSeveral(element, acts) : drawChoice(element, acts);
    case "Input.Text":
      return make("div", { className: "words" }, `${element.label ?? element.id}: `, editable(element.label ?? element.id, element.value, false, acts, element));
    case "ActionSet":
      return drawActions(element.actions, acts);
    default:
      return unknown(element.type);
  }
}

function drawRun(run, plain) {
  const words = typeof run === "string" ? run : run.text;
  if (!plain && run.weight === "Bolder") return make("strong", { textContent: words });
  if (!plain && run.isSubtle) return make("small", { textContent: words });
  return document.createTextNode(words);
}

function drawChoice(element, acts) {
  const titles = element.choices.map((one) => one.title);
  const chosen = element.choices.find((one) => one.value === element.value)?.title;
  return make("label", { className: "select" }, element.label ?? "", choice(element.label ?? "Choose", "Choose…", titles, chosen, acts, element));
}

function drawSeveral(element, acts) {
  const chosen = new Set((element.value ?? "").split(","));
  const boxes = element.choices.map((one) => {
    const box = make("input", { type: "checkbox", checked: chosen.has(one.value) });
    box.addEventListener("change", () => acts.choose?.(one.title, element, box));
    return make("label", { className: "several" }, box, ` ${one.title}`);
  });
  return make("fieldset", {}, make("legend", { textContent: element.label ?? "" }), ...boxes);
}

function drawActions(actions, acts) {
  const drawn = actions.map((action) => button(action.title, STYLES[action.style], action.type === "Action.OpenUrl" ? action.url : null, acts, action));
  return make("div", { className: "actions" }, ...drawn);
}
