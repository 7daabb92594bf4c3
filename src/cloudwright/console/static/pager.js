import { find } from "./dom.js";

// A page at a time, however many there are; each is asked for by the number of the last item before it.
export class Pager {
  #trail = [0];
  #next = 0;
  #root;

  constructor(root, turned) {
    this.#root = root;
    find(".newer", root).addEventListener("click", () => { if (this.#trail.length > 1) this.#trail.pop(); turned(); });
    find(".older", root).addEventListener("click", () => { if (this.#next) this.#trail.push(this.#next); turned(); });
  }

  get before() { return this.#trail.at(-1); }

  reset() { this.#trail = [0]; }

  show(next) {
    this.#next = next;
    this.#root.hidden = this.#trail.length === 1 && !next;
    find(".newer", this.#root).disabled = this.#trail.length === 1;
    find(".older", this.#root).disabled = !next;
    find(".page", this.#root).textContent = `Page ${this.#trail.length}`;
  }
}
