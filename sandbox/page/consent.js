// The consent page begins with the person whose pane opened it, and finds people that its list leaves out.

import { make } from "./dom.js";
import { people } from "./net.js";

// Microsoft signs people in for Teams.
const { platform: vendor } = document.body.dataset;
const platform = vendor === "microsoft" ? "teams" : vendor;
const select = document.querySelector("select[name=user]");
const search = document.getElementById("search");

function choose(person) {
  let option = [...select.options].find((one) => one.value === person.id);
  if (!option) {
    option = make("option", { value: person.id }, `${person.name} (${person.email})`);
    select.prepend(option);
  }
  select.value = person.id;
}

async function find(words, same) {
  const found = (await people(platform, words, 5).catch(() => ({ people: [] }))).people;
  return found.find(same) ?? null;
}

async function begin() {
  const kept = JSON.parse(localStorage.getItem("sandbox-signed-in") ?? "null");
  if (!kept) return;
  const same = (one) => one.email === kept.email || one.name === kept.name;
  const found = (kept.email && (await find(kept.email, same))) || (await find(kept.name, same));
  if (found) choose(found);
}

if (search) {
  search.hidden = false;
  search.querySelector("input").addEventListener("input", async (event) => {
    const found = await find(event.target.value, () => true);
    if (found) choose(found);
  });
}
await begin();
document.documentElement.dataset.ready = "true";
