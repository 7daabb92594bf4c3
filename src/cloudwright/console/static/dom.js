// Everything that comes from the cloud goes into the page as text: no function here takes markup.

export const find = (selector, root = document) => root.querySelector(selector);

export function element(name, { text, className, attributes = {}, on = {} } = {}, ...children) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  for (const [event, listener] of Object.entries(on)) made.addEventListener(event, listener);
  made.append(...children);
  return made;
}

const known = new WeakMap();

// Shows items as children. A child whose item has not changed stays: it keeps the focus and the selection.
export function fill(parent, items, make) {
  const before = known.get(parent) ?? new Map();
  const after = new Map();
  for (const item of items) {
    const key = JSON.stringify(item);
    after.set(key, before.get(key) ?? make(item));
  }
  known.set(parent, after);
  const wanted = [...after.values()];
  const same = wanted.length === parent.children.length && wanted.every((child, at) => child === parent.children[at]);
  if (!same) parent.replaceChildren(...wanted);
}

// Breaks long type names where a reader would.
export function typeName(name) {
  const parts = name.split("::").flatMap((part, at) => (at ? ["::", element("wbr"), part] : [part]));
  return element("span", {}, ...parts);
}

export const cell = (text, className) => element("td", { text, className });

// A type above an identifier; with something to open, the whole row is its button.
export function subject(type, identifier, open) {
  const label = element("span", { className: "type" }, typeName(type));
  const id = element("span", { text: identifier, className: "id" });
  if (!open) return element("td", { className: "main" }, label, id);
  const attributes = { type: "button" };
  return element("td", { className: "main" }, element("button", { attributes, className: "open", on: { click: open } }, label, id));
}

export function choices(select, values, all) {
  if (select.options.length === values.length + 1 && values.every((value, at) => select.options[at + 1].value === value)) return;
  const chosen = select.value;
  const option = (value, text) => element("option", { text, attributes: { value } });
  select.replaceChildren(option("", all), ...values.map((value) => option(value, value)));
  select.value = values.includes(chosen) ? chosen : "";
}

export const many = (number, word) => `${number.toLocaleString("en")} ${word}${number === 1 ? "" : "s"}`;

// The reader's own time; of today only the hour.
export function moment(seconds) {
  const at = new Date(seconds * 1000);
  const [day, hour] = at.toLocaleString("sv-SE").split(" ");
  const today = new Date().toLocaleDateString("sv-SE");
  const iso = at.toISOString();
  return element("time", { text: day === today ? hour : `${day} ${hour}`, attributes: { datetime: iso, title: iso } });
}

const TOKEN = /("(?:[^"\\]|\\.)*")(\s*:)?|\b(?:true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

// Colours JSON; any other text stays as it is.
export function coloured(text) {
  const made = element("pre");
  let end = 0;
  for (const match of /^\s*[{[]/.test(text) ? text.matchAll(TOKEN) : []) {
    const [token, string, colon] = match;
    const className = colon ? "key" : string ? "string" : "value";
    made.append(text.slice(end, match.index), element("span", { text: string ?? token, className }), colon ?? "");
    end = match.index + token.length;
  }
  made.append(text.slice(end));
  return made;
}

export function detail(title, note, parts) {
  find("#title").textContent = title;
  find("#note").textContent = note;
  const named = ([name, text]) => [...(name ? [element("h3", { text: name })] : []), coloured(text)];
  find("#content").replaceChildren(...parts.flatMap(named));
  if (!find("#detail").open) find("#detail").showModal();
  find("#content").scrollTop = 0;
}
