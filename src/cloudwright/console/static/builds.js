// Image builds: how far each one is, and what has arrived where.
import { element, find, fill, moment } from "./dom.js";
import { ask } from "./server.js";

const WORDS = { BUILD: "Build", TEST: "Test", DISTRIBUTION: "Distribution" };

function workflow({ type, status, step, done, steps }) {
  const attributes = { max: steps, value: done, "aria-label": `${WORDS[type] ?? type}: ${done} of ${steps} steps` };
  const said = step ? `${status.toLowerCase()}: ${step}` : status.toLowerCase();
  return element("li", { className: status === "FAILED" ? "bad" : "" }, element("b", { text: WORDS[type] ?? type }),
    element("progress", { attributes }), element("span", { text: said }));
}

function cellOf(found, over) {
  if (!found) return element("td", { text: "·", className: "soft" });
  if (found.failure) return element("td", { text: found.image || "failed", className: "bad", attributes: { title: found.failure } });
  if (found.image) return element("td", { text: found.image, className: "good" });
  return element("td", { text: over ? "missing" : "waiting", className: over ? "bad" : "soft" });
}

function matrix({ regions, rows, over }) {
  const head = element("tr", {}, element("th", { text: "Account" }), ...regions.map((name) => element("th", { text: name })));
  const body = rows.map(({ account, cells }) =>
    element("tr", {}, element("td", { text: account, className: "soft" }), ...regions.map((name) => cellOf(cells[name], over))));
  return element("div", { className: "across" }, element("table", { className: "delivery" },
    element("thead", {}, head), element("tbody", {}, ...body)));
}

function card(build) {
  const state = element("b", { text: build.status, className: build.status === "FAILED" ? "bad" : build.over ? "good" : "soft" });
  const when = element("span", {}, "began ", moment(build.began), ...(build.ended ? [", ended ", moment(build.ended)] : []));
  const caption = element("figcaption", {}, element("b", { text: build.name }), " ", state, element("span", { text: build.arn }), when);
  const reason = build.reason ? [element("p", { text: build.reason, className: "reason" })] : [];
  const runs = element("ul", { className: "runs" }, ...build.workflows.map(workflow));
  return element("figure", {}, caption, ...reason, runs, matrix(build));
}

export async function showBuilds() {
  const { items } = await ask("builds");
  fill(find("#made"), items, card);
  find("#unbuilt").hidden = items.length > 0;
}
