// Who gets which image where.
import { element, fill, find } from "./dom.js";
import { Pager } from "./pager.js";
import { ask, BASE } from "./server.js";

let pager;

export function startImages(refresh) {
  pager = new Pager(find("#images .pager"), refresh);
}

function matrix({ account, region, identifier, updated }) {
  const query = new URLSearchParams({ account, region, identifier, updated });
  const name = identifier.slice(identifier.lastIndexOf("/") + 1);
  const caption = element("figcaption", {}, element("b", { text: name }), element("span", { text: identifier }));
  const attributes = { src: `${BASE}/matrix.svg?${query}`, alt: `Who gets which image where by ${identifier}` };
  return element("figure", {}, caption, element("div", { className: "across" }, element("img", { attributes })));
}

export async function showImages() {
  const { items, before, legend } = await ask("distributions", { before: pager.before });
  fill(find("#matrices"), items, matrix);
  pager.show(before);
  find("#legend").textContent = legend;
  find("#legend").hidden = items.length === 0;
  find("#imageless").hidden = items.length > 0;
}
