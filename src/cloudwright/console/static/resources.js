import { cell, choices, detail, element, fill, find, many, moment, subject, typeName } from "./dom.js";
import { Pager } from "./pager.js";
import { ask } from "./server.js";

const filter = find("#filter");
let chosen = "";
let pager;

export function startResources(refresh) {
  const reload = () => { pager.reset(); refresh(); };
  pager = new Pager(find("#resources .pager"), refresh);
  filter.addEventListener("input", reload);
  filter.addEventListener("submit", (event) => event.preventDefault());
  find("#types").addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    chosen = button.value;
    for (const one of find("#types").querySelectorAll("button")) one.setAttribute("aria-pressed", String(one === button));
    reload();
  });
}

function typeEntry({ name, count }) {
  const attributes = { type: "button", value: name, "aria-pressed": "false", title: name };
  const label = name ? typeName(name.replace(/^AWS::/, "")) : element("span", { text: "All types" });
  const number = element("span", { text: count.toLocaleString("en"), className: "count" });
  return element("li", {}, element("button", { attributes }, label, number));
}

export function showTypes(seen) {
  if (!seen.types.some((one) => one.name === chosen)) chosen = "";
  fill(find("#types"), [{ name: "", count: seen.total }, ...seen.types], typeEntry);
  for (const one of find("#types").querySelectorAll("button")) one.setAttribute("aria-pressed", String(one.value === chosen));
  choices(filter.elements.account, seen.accounts, "all");
  choices(filter.elements.region, seen.regions, "all");
}

async function showResource(one) {
  const { type, identifier, account, region } = one;
  const live = await ask("resource", { type, identifier, account, region });
  const text = live.properties ? JSON.stringify(live.properties, null, 2) : live.error;
  detail(identifier, `${type} in ${account}, ${region}`, [["", text]]);
}

const row = (one) => element("tr", {}, subject(one.type, one.identifier, () => showResource(one)),
  cell(one.account, "soft"), cell(one.region, "soft"), element("td", { className: "soft" }, moment(one.updated)));

export async function showResources() {
  const form = new FormData(filter);
  const asked = { type: chosen, account: form.get("account"), region: form.get("region"), text: form.get("text") };
  const found = await ask("resources", { ...asked, before: pager.before });
  fill(find("#rows"), found.items, row);
  pager.show(found.before);
  const filtered = pager.before || Object.values(asked).some(Boolean);
  find("#none").textContent = filtered ? "No matches." : "The cloud is empty. Deployed resources appear here.";
  find("#none").hidden = found.items.length > 0;
  find("#rows").closest(".scroll").hidden = found.items.length === 0;
}

export const summary = (seen) =>
  `${many(seen.total, "resource")} of ${many(seen.types.length, "type")} in ${many(seen.accounts.length, "account")}, `
  + many(seen.regions.length, "Region");
