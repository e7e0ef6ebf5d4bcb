// Zoom's text: plain characters with a list of marks. Offsets count UTF-16 units and exclude their end, as JavaScript's do.
// Zoom has no code style; back-ticks are characters.

import { link, make } from "./parts.js";

const MARKS = { Bold: "strong", Italic: "em", Strikethrough: "s", Underline: "u" };
const LISTS = { BulletedList: "ul", NumberedList: "ol" };
const SIZES = { s: "small", m: "", l: "large" };
const COLOUR = /^#?([0-9a-f]{6})$/i;

export function drawZoomText(message, richText, acts = {}) {
  const root = make("div", { className: "zoom-text" });
  const marks = (richText ?? []).filter((mark) => mark.end_position > mark.start_position);
  let at = 0;
  for (const line of String(message ?? "").split("\n")) {
    addLine(root, line, at, marks, acts);
    at += line.length + 1;
  }
  return root;
}

// Lists, quotes and headings take a whole line; neighbouring lines of one kind stand together.
function addLine(root, line, at, marks, acts) {
  const end = Math.max(at + line.length, at + 1);
  const over = marks.filter((mark) => mark.start_position < end && mark.end_position > at);
  const list = over.find((mark) => LISTS[mark.format_type]);
  const last = root.lastElementChild;
  const pieces = drawPieces(line, at, over, acts);
  if (list) {
    const name = LISTS[list.format_type];
    const found = last?.localName === name ? last : root.appendChild(make(name, {}));
    found.append(make("li", {}, ...pieces));
    return;
  }
  const kind = over.some((mark) => mark.format_type === "Quote") ? "blockquote" : "p";
  const size = over.find((mark) => mark.format_type === "Paragraph")?.format_attr;
  const heading = /^h[1-3]$/.test(size ?? "") ? size : "";
  if (last?.localName === kind && last.className === heading && !heading) last.append("\n", ...pieces);
  else root.append(make(kind, { className: heading }, ...pieces));
}

// Runs of one look within a line.
function drawPieces(line, at, marks, acts) {
  const edges = new Set([0, line.length]);
  for (const mark of marks) {
    for (const edge of [mark.start_position - at, mark.end_position - at]) {
      if (edge > 0 && edge < line.length) edges.add(edge);
    }
  }
  const sorted = [...edges].sort((one, other) => one - other);
  return sorted.slice(1).map((edge, index) => {
    const start = sorted[index];
    const here = marks.filter((m) => m.start_position - at <= start && m.end_position - at >= edge);
    return drawPiece(line.slice(start, edge), here, acts);
  });
}

function drawPiece(words, marks, acts) {
  let drawn = document.createTextNode(words);
  for (const mark of marks) {
    const attr = mark.format_attr;
    if (MARKS[mark.format_type]) drawn = make(MARKS[mark.format_type], {}, drawn);
    if (mark.format_type === "FontSize" && SIZES[attr]) drawn = make("span", { className: SIZES[attr] }, drawn);
    if (mark.format_type === "FontColor" && COLOUR.test(attr ?? "")) {
      drawn = make("span", { className: "coloured" }, drawn);
      drawn.style.setProperty("--asked", `#${COLOUR.exec(attr)[1]}`);
    }
  }
  const target = marks.find((mark) => mark.format_type === "AddLink");
  return target ? link(target.format_attr, drawn, acts, target) : drawn;
}
