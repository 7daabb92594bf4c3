import { showCalls, showOperations } from "./activity.js";
import { showBuilds } from "./builds.js";
import { fill, element, find } from "./dom.js";
import { showImages, startImages } from "./images.js";
import { showResources, showTypes, startResources, summary } from "./resources.js";
import { ask, BASE, Unreachable } from "./server.js";

const FLAGSHIP = "AWS::ImageBuilder::DistributionConfiguration";
const SHOW = { resources: showResources, operations: showOperations, calls: showCalls, builds: showBuilds, images: showImages };

const view = () => Object.keys(SHOW).find((name) => `#/${name}` === location.hash) ?? "resources";

let busy = false;
let again = false;

// One refresh at a time; news that come in between are answered by one more.
async function refresh() {
  again = true;
  if (busy || document.hidden) return;
  busy = true;
  try {
    while (again) {
      again = false;
      await draw();
    }
  } catch (error) {
    // The stream says that the server is gone.
    if (!(error instanceof Unreachable)) throw error;
  } finally {
    busy = false;
  }
}

function choose(now) {
  for (const name of Object.keys(SHOW)) {
    find(`#${name}`).hidden = name !== now;
    const link = find(`nav a[href="#/${name}"]`);
    if (name === now) link.setAttribute("aria-current", "page"); else link.removeAttribute("aria-current");
  }
}

function count(name, number) {
  find(`[data-count="${name}"]`).textContent = number ? number.toLocaleString("en") : "";
}

async function draw() {
  const now = view();
  choose(now);
  const seen = await ask("overview");
  find("#summary").textContent = summary(seen);
  fill(find("#faults"), seen.faults, (name) => element("li", { text: name }));
  find("#faults").hidden = seen.faults.length === 0;
  count("resources", seen.total);
  count("operations", seen.running);
  count("builds", seen.building);
  count("images", seen.types.find((one) => one.name === FLAGSHIP)?.count);
  showTypes(seen);
  await SHOW[now]();
}

function connect() {
  const said = find("#connection");
  const say = (text, className) => { said.textContent = text; said.className = className; };
  const news = new EventSource(`${BASE}/news`);
  news.addEventListener("open", () => say("live", "live"));
  news.addEventListener("error", () => say("the server does not answer; trying again", "lost"));
  news.addEventListener("message", refresh);
}

startResources(refresh);
startImages(refresh);
window.addEventListener("hashchange", refresh);
document.addEventListener("visibilitychange", refresh);
setInterval(() => { if (view() === "operations" && find("#running").children.length) refresh(); }, 500);
connect();
refresh();
