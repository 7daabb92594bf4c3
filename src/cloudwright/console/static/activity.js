// What runs, what ended, and what was asked.
import { cell, detail, element, fill, find, moment, subject } from "./dom.js";
import { ask } from "./server.js";

const place = (one) => [cell(one.account, "soft"), cell(one.region, "soft")];

function progress(one, now) {
  const whole = Math.max(one.ends - one.began, 0.001);
  const done = Math.min(Math.max(now - one.began, 0), whole);
  const attributes = { max: whole, value: done, "aria-label": `${one.operation} of ${one.type}` };
  const left = Math.max(one.ends - now, 0).toFixed(1);
  return element("td", { className: "soft" }, element("progress", { attributes }), ` ${left} s left`);
}

const runningRow = (one, now) =>
  element("tr", {}, subject(one.type, one.identifier ?? ""), cell(one.operation), ...place(one), progress(one, now));

function endedRow(one) {
  const failed = one.status !== "SUCCESS";
  const said = element("td", { className: failed ? "bad" : "good" }, one.code || one.status);
  const open = () => detail(one.identifier || one.type, `${one.operation} of ${one.type} in ${one.account}, ${one.region}`,
    [["", JSON.stringify({ status: one.status, code: one.code, message: one.message, token: one.token }, null, 2)]]);
  return element("tr", {}, subject(one.type, one.identifier ?? "", open), cell(one.operation), ...place(one),
    element("td", { className: "soft" }, moment(one.began)), said);
}

export async function showOperations() {
  const { now, running, ended } = await ask("operations");
  find("#running").replaceChildren(...running.map((one) => runningRow(one, now)));
  fill(find("#ended"), ended, endedRow);
  find("#still").hidden = running.length > 0;
  find("#running").closest(".scroll").hidden = running.length === 0;
  find("#over").hidden = ended.length === 0;
}

async function showCall(one) {
  const bodies = await ask(`calls/${one.number}`);
  const parts = bodies.error ? [["", bodies.error]] : [["Request", bodies.request], ["Response", bodies.response]];
  const about = one.type ? ` ${one.type}` : "";
  detail(`${one.action}${about}`, `${one.service} in ${one.account}, ${one.region}: ${one.status} ${one.outcome}`, parts);
}

function callRow(one) {
  const open = () => showCall(one);
  const name = one.service === "cloudcontrolapi" ? one.action : `${one.service} ${one.action}`;
  const about = [one.type, one.identifier].filter(Boolean).join("  ");
  const answer = element("td", { className: one.status < 400 ? "good" : "bad" }, `${one.status} ${one.outcome}`);
  return element("tr", {}, subject(name, about, open), ...place(one), element("td", { className: "soft" }, moment(one.time)), answer);
}

export async function showCalls() {
  const { items } = await ask("calls");
  fill(find("#requests"), items, callRow);
  find("#unasked").hidden = items.length > 0;
  find("#requests").closest(".scroll").hidden = items.length === 0;
}
