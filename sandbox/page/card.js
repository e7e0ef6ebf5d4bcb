// A card without a renderer of its own: words, buttons and choices as the sandbox reads them out of it.

import { make } from "./dom.js";

// acts = { press(label, element), choose(optionLabel, element) }
export function drawPlainCard(message, acts) {
  return make("div", { class: "card" }, ...drawLines(message.lines), drawActs(message, acts));
}

function drawLines(lines) {
  return lines.map((line, number) => {
    const parts = line.split(/\*([^*\n]+)\*/);
    const words = parts.map((part, odd) => (odd % 2 ? make("strong", {}, part) : part));
    return make("p", { class: number ? "" : "title" }, ...words);
  });
}

function drawActs(message, acts) {
  const made = message.buttons.map((button) => {
    const pressed = () => acts.press(button.label);
    if (!button.url) return make("button", { type: "button", class: "button", onclick: pressed }, button.label);
    return make("a", { class: "button", href: button.url, target: "_blank", rel: "noopener", onclick: pressed }, button.label);
  });
  if (message.choices.length) made.push(drawChoice(message.choices, acts));
  return made.length ? make("div", { class: "acts" }, ...made) : null;
}

function drawChoice(choices, acts) {
  const options = choices.map((label) => make("option", { value: label }, label));
  const chosen = (event) => event.currentTarget.value && acts.choose(event.currentTarget.value);
  return make("select", { "aria-label": "Choose", onchange: chosen }, make("option", { value: "" }, "Choose…"), ...options);
}
