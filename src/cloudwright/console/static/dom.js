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

export const cell = (text, className) => element("td", { text, className });

export function row(cells, open) {
  if (!open) return element("tr", {}, ...cells);
  const onKey = (event) => {
    if (event.key === "Enter" || event.key === " ") { event.preventDefault(); open(); }
  };
  const options = { className: "open", attributes: { tabindex: "0", role: "button" }, on: { click: open, keydown: onKey } };
  return element("tr", options, ...cells);
}

export function choices(select, values, all) {
  const chosen = select.value;
  const option = (value, text) => element("option", { text, attributes: { value } });
  select.replaceChildren(option("", all), ...values.map((value) => option(value, value)));
  select.value = values.includes(chosen) ? chosen : "";
}

export const clock = (seconds) => new Date(seconds * 1000).toISOString().slice(0, 19).replace("T", " ");
