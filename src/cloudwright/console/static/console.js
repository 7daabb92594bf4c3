import { cell, choices, clock, element, find, row } from "./dom.js";

const BASE = "/_cloudwright/console";
const VIEWS = ["resources", "operations", "calls", "images"];
const chosen = { type: "", pages: 1 };

class Unreachable extends Error {}

async function ask(path, parameters = {}) {
  const query = new URLSearchParams(parameters).toString();
  try {
    const answer = await fetch(`${BASE}/${path}${query ? `?${query}` : ""}`);
    return await answer.json();
  } catch (error) {
    throw new Unreachable(path, { cause: error });
  }
}

const view = () => VIEWS.find((name) => `#/${name}` === location.hash) ?? VIEWS[0];

const many = (number, word) => `${number} ${word}${number === 1 ? "" : "s"}`;

function count(name, number) {
  find(`[data-count="${name}"]`).textContent = number || "";
}

function empty(section, isEmpty) {
  find(".empty", section).hidden = !isEmpty;
  find(".scroll, #matrices", section).hidden = isEmpty;
}

// Resources

function typeEntry(name, number) {
  const pick = () => { chosen.type = name; chosen.pages = 1; refresh(); };
  const attributes = { type: "button", "aria-pressed": String(chosen.type === name) };
  const label = element("span", { text: name || "All types" });
  return element("li", {}, element("button", { attributes, on: { click: pick } }, label,
    element("span", { text: number, className: "count" })));
}

function showOverview(seen) {
  const places = `${many(seen.accounts.length, "account")}, ${many(seen.regions.length, "Region")}`;
  const faults = seen.faults.length ? `, faults on: ${seen.faults.join(", ")}` : "";
  find("#summary").textContent = `${many(seen.total, "resource")} of ${many(seen.types.length, "type")} in ${places}${faults}`;
  count("resources", seen.total);
  count("images", seen.types.find((one) => one.name === "AWS::ImageBuilder::DistributionConfiguration")?.count);
  if (!seen.types.some((one) => one.name === chosen.type)) chosen.type = "";
  find("#types").replaceChildren(typeEntry("", seen.total), ...seen.types.map((one) => typeEntry(one.name, one.count)));
  choices(find("#filter").elements.account, seen.accounts, "all");
  choices(find("#filter").elements.region, seen.regions, "all");
}

async function showResource(one) {
  const { type, identifier, account, region } = one;
  const live = await ask("resource", { type, identifier, account, region });
  detail(`${type} ${identifier}`, [[`${account} / ${region}, made ${clock(one.created)}`, JSON.stringify(live, null, 2)]]);
}

const resourceRow = (one) => row([
  cell(one.type), cell(one.identifier, "id"), cell(one.account, "small"), cell(one.region, "small"),
  cell(clock(one.updated), "small"),
], () => showResource(one));

async function showResources() {
  const form = new FormData(find("#filter"));
  const asked = { type: chosen.type, account: form.get("account"), region: form.get("region"), text: form.get("text") };
  const items = [];
  let before = 0;
  for (let page = 0; page < chosen.pages; page += 1) {
    const found = await ask("resources", { ...asked, before });
    items.push(...found.items);
    before = found.before;
    if (!before) break;
  }
  find("#rows").replaceChildren(...items.map(resourceRow));
  find("#more").hidden = !before;
  const filtered = Object.values(asked).some(Boolean);
  find("#none").textContent = filtered ? "Nothing fits." : "The cloud is empty. Deploy something.";
  find("#none").hidden = items.length > 0;
  find("#rows").closest(".scroll").hidden = items.length === 0;
}

// Running operations, requests, images

function operationRow(one, now) {
  const whole = Math.max(one.ends - one.began, 0.001);
  const bar = element("progress", { attributes: { max: whole, value: Math.min(Math.max(now - one.began, 0), whole) } });
  const left = `${Math.max(one.ends - now, 0).toFixed(1)} s left`;
  return row([cell(one.operation), cell(one.type), cell(one.identifier ?? "", "id"), cell(one.account, "small"),
    cell(one.region, "small"), element("td", { className: "small" }, bar, ` ${left}`)]);
}

async function showOperations() {
  const { now, items } = await ask("operations");
  count("operations", items.length);
  find("#running").replaceChildren(...items.map((one) => operationRow(one, now)));
  empty(find("#operations"), items.length === 0);
}

async function showCall(one) {
  const bodies = await ask(`calls/${one.number}`);
  if (bodies.error) return detail(one.action, [["", bodies.error]]);
  return detail(`${one.action} ${one.type}`, [["Request", bodies.request], ["Response", bodies.response]]);
}

const callRow = (one) => row([
  cell(clock(one.time), "small"), cell(one.action), cell(one.type), cell(one.account, "small"), cell(one.region, "small"),
  cell(one.status, one.status < 400 ? "good" : "bad"),
], () => showCall(one));

async function showCalls() {
  const { items } = await ask("calls");
  find("#requests").replaceChildren(...items.map(callRow));
  empty(find("#calls"), items.length === 0);
}

function matrix({ account, region, identifier, updated }) {
  const query = new URLSearchParams({ account, region, identifier, updated });
  const caption = element("figcaption", { text: identifier }, element("span", { text: `  ${account} / ${region}` }));
  const attributes = { src: `${BASE}/matrix.svg?${query}`, alt: `Who gets which image where by ${identifier}` };
  return element("figure", {}, caption, element("img", { attributes }));
}

async function showImages() {
  const { items } = await ask("distributions");
  find("#matrices").replaceChildren(...items.map(matrix));
  empty(find("#images"), items.length === 0);
}

// The page

function detail(title, parts) {
  find("#title").textContent = title;
  find("#content").replaceChildren(...parts.flatMap(([name, text]) => [
    element("h3", { text: name }), element("pre", { text })]));
  if (!find("#detail").open) find("#detail").showModal();
}

const SHOW = { resources: showResources, operations: showOperations, calls: showCalls, images: showImages };

let busy = false;
let again = false;

// One refresh at a time; news that come in between are answered by one more.
async function refresh() {
  if (busy) { again = true; return; }
  busy = true;
  try {
    do {
      again = false;
      await draw();
    } while (again);
  } catch (error) {
    // The stream says that the server is gone.
    if (!(error instanceof Unreachable)) throw error;
  } finally {
    busy = false;
  }
}

async function draw() {
  const now = view();
  for (const name of VIEWS) {
    find(`#${name}`).hidden = name !== now;
    const link = find(`nav a[href="#/${name}"]`);
    if (name === now) link.setAttribute("aria-current", "page"); else link.removeAttribute("aria-current");
  }
  showOverview(await ask("overview"));
  await SHOW[now]();
  if (now !== "operations") count("operations", (await ask("operations")).items.length);
}

function connect() {
  const said = find("#connection");
  const say = (text, className) => { said.textContent = text; said.className = className; };
  const news = new EventSource(`${BASE}/news`);
  news.addEventListener("open", () => say("live", "live"));
  news.addEventListener("error", () => say("the server does not answer; trying again", "lost"));
  news.addEventListener("message", refresh);
}

find("#filter").addEventListener("input", () => { chosen.pages = 1; refresh(); });
find("#filter").addEventListener("submit", (event) => event.preventDefault());
find("#more").addEventListener("click", () => { chosen.pages += 1; refresh(); });
window.addEventListener("hashchange", refresh);
setInterval(() => { if (view() === "operations" && !document.hidden) refresh(); }, 500);
connect();
refresh();
