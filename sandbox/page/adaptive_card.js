// Adaptive Cards (Webex: 1.3, Teams: 1.5), drawn by Microsoft's own library from the card's JSON. `acts`: see parts.js; a press
// also carries what the inputs hold. Nothing a card says becomes markup, and nothing is fetched: pictures are their words.

import { drawMarkdown } from "./markdown.js";
import { address, make } from "./parts.js";

const AC = globalThis.AdaptiveCards;
const INK = { default: { default: "var(--text)", subtle: "var(--quiet)" } };
for (const name of ["accent", "good", "warning", "attention", "dark", "light"]) {
  const ink = { accent: "var(--link)", good: "var(--good)", warning: "var(--warning)", attention: "var(--attention)" }[name];
  INK[name] = ink ? { default: ink, subtle: ink } : INK.default;
}
const box = (ground) => ({ backgroundColor: ground, foregroundColors: INK, borderColor: "var(--line)" });
const label = { color: "default", isSubtle: false, size: "small", weight: "bolder" };

const HOST = new AC.HostConfig({
  fontFamily: "inherit",
  fontSizes: { small: 13, default: 14, medium: 16, large: 18, extraLarge: 22 },
  fontWeights: { lighter: 300, default: 400, bolder: 650 },
  spacing: { small: 4, default: 9, medium: 14, large: 20, extraLarge: 28, padding: 14 },
  separator: { lineThickness: 1, lineColor: "var(--line)" },
  containerStyles: {
    default: box("var(--ground)"), emphasis: box("var(--soft)"), good: box("var(--soft)"), warning: box("var(--soft)"),
    attention: box("var(--soft)"), accent: box("var(--soft)"),
  },
  actions: { maxActions: 20, buttonSpacing: 0, actionAlignment: "left", allowTitleToWrap: true, showCard: { inlineTopMargin: 10 } },
  inputs: {
    label: { inputSpacing: "small", requiredInputs: { ...label, suffix: " *", suffixColor: "attention" }, optionalInputs: label },
    errorMessage: { color: "attention", size: "small", spacing: "small", weight: "default" },
  },
  factSet: { title: { weight: "bolder", wrap: true, maxWidth: 160 }, value: { wrap: true }, spacing: 14 },
});
AC.GlobalSettings.setTabIndexAtCardRoot = false;
AC.AdaptiveCard.onProcessMarkdown = () => {};

// Markdown is drawn as nodes: the library would set it as markup.
class Words extends AC.TextBlock {
  internalRender() {
    const made = super.internalRender();
    if (made && this.useMarkdown && this.text) made.replaceChildren(drawMarkdown(this.text));
    return made;
  }
}

// A button with an address is a link, as everywhere on the page.
class Address extends AC.OpenUrlAction {
  get renderedElement() {
    return this.anchor ?? super.renderedElement;
  }

  render() {
    const href = address(this.url);
    this.anchor = href ? make("a", { href, target: "_blank", rel: "noopener" }) : undefined;
    super.render();
    if (!this.anchor) return;
    this.setupElementForAccessibility(this.anchor);
    this.anchor.addEventListener("click", () => this.execute());
  }
}

class Picture extends AC.CardElement {
  getJsonTypeName() {
    return "Picture";
  }

  parse(source, context) {
    super.parse(source, context);
    this.said = source.said;
  }

  internalRender() {
    return make("p", { className: "picture", textContent: this.said });
  }
}

const PICTURES = { Image: (one) => one.altText, ImageSet: () => "several", Media: (one) => one.altText, Carousel: () => "several" };
const FETCHED = ["backgroundImage", "iconUrl"];

function context() {
  const made = new AC.SerializationContext();
  const elements = new AC.CardObjectRegistry();
  const actions = new AC.CardObjectRegistry();
  AC.GlobalRegistry.populateWithDefaultElements(elements);
  AC.GlobalRegistry.populateWithDefaultActions(actions);
  elements.register("TextBlock", Words);
  elements.register("Picture", Picture);
  actions.register("Action.OpenUrl", Address);
  made.setElementRegistry(elements);
  made.setActionRegistry(actions);
  return made;
}

// The card without anything that would be fetched, and with words in place of what cannot be drawn.
function spared(part) {
  if (Array.isArray(part)) return part.map(spared);
  if (part === null || typeof part !== "object") return part;
  if (part.type in PICTURES) return { type: "Picture", said: `[Picture: ${PICTURES[part.type](part) || "without description"}]` };
  return Object.fromEntries(Object.entries(part).map(([key, value]) => [key, clean(key, value)]).filter(([key]) => !FETCHED.includes(key)));
}

function clean(key, value) {
  if (key === "data") return value;
  const spare = spared(value);
  if (!["body", "items"].includes(key) || !Array.isArray(spare)) return spare;
  return spare.map((one) => (one?.fallback || one?.type === "Picture" || AC.GlobalRegistry.elements.findByName(one?.type) ? one : lost(one?.type)));
}

function lost(kind) {
  return { type: "Picture", said: `[${kind || "nameless"}: this part cannot be drawn here]` };
}

export function drawAdaptiveCard(content, acts = {}) {
  const root = make("div", { className: "adaptive-card", role: "group", ariaLabel: "Card" });
  const card = new AC.AdaptiveCard();
  card.hostConfig = HOST;
  card.onExecuteAction = (action) => pressed(action, acts, root);
  card.parse(spared(content), context());
  card.render(root);
  const first = root.querySelector(".ac-richTextBlock, .ac-textBlock");
  if (first && !root.querySelector("[role=heading]")) {
    first.setAttribute("role", "heading");
    first.setAttribute("aria-level", "4");
  }
  if (first) root.ariaLabel = first.textContent;
  return root;
}

function pressed(action, acts, root) {
  const opens = action instanceof AC.OpenUrlAction;
  if (!opens && !(action instanceof AC.SubmitAction) && !(action instanceof AC.ExecuteAction)) return;
  const inputs = opens ? {} : Object.fromEntries(Object.values(action.getReferencedInputs() ?? {}).flatMap(valueOf));
  acts.press?.(action.title, action.toJSON(), root, inputs);
  // Something else than a button, such as a container, may lead to an address as well.
  if (opens && !action.anchor && acts.press && address(action.url)) window.open(address(action.url), "_blank", "noopener");
}

function valueOf(input) {
  return input.value === undefined ? [] : [[input.id, String(input.value)]];
}
