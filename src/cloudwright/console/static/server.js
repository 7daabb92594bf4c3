export const BASE = "/_cloudwright/console";

export class Unreachable extends Error {}

export async function ask(path, parameters = {}) {
  const query = new URLSearchParams(parameters).toString();
  try {
    const answer = await fetch(`${BASE}/${path}${query ? `?${query}` : ""}`);
    return await answer.json();
  } catch (error) {
    throw new Unreachable(path, { cause: error });
  }
}
