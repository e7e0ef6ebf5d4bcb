// Draws every card of the export where it belongs. Nothing here can be pressed in earnest.

const DRAW = {
  slack: (native) => modules["block_kit.js"].drawBlockKit(native.blocks),
  teams: (native) => modules["adaptive_card.js"].drawAdaptiveCard(native),
  webex: (native) => modules["adaptive_card.js"].drawAdaptiveCard(native),
  zoom: (native) => modules["zoom_card.js"].drawZoomCard(native),
};
const native = JSON.parse(document.getElementById("native").textContent);

for (const place of document.querySelectorAll(".place")) {
  const { card, platform } = place.dataset;
  place.append(DRAW[platform](native[card][platform]));
}
document.addEventListener("click", (event) => {
  if (event.target.closest(".place a")) event.preventDefault();
});
