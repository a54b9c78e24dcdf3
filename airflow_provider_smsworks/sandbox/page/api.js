// Talks to the sandbox, and to nobody else.

const PATIENCE = 10_000; // milliseconds

/** What the sandbox did not take; the message is its own. */
export class Refused extends Error {}

/** The sandbox cannot be reached. */
export class Gone extends Error {}

async function call(path, options) {
  let answer;
  try {
    answer = await fetch(path, { ...options, cache: "no-store", signal: AbortSignal.timeout(PATIENCE) });
    if (answer.status === 304) return { answer, body: null };
    return { answer, body: await answer.json() };
  } catch {
    throw new Gone("The sandbox does not answer. Nothing was sent.");
  }
}

/** Everything that the page shows, or null if it is as `mark` says. */
export async function overview(query, mark) {
  const { answer, body } = await call(`sandbox/page?${query}`, { headers: mark ? { "If-None-Match": mark } : {} });
  if (answer.status === 304) return null;
  if (!answer.ok) throw new Gone(`The sandbox answered with ${answer.status}.`);
  return { mark: answer.headers.get("ETag"), ...body };
}

export async function get(path) {
  const { answer, body } = await call(path, {});
  if (!answer.ok) throw new Refused(body.message ?? `HTTP ${answer.status}`);
  return body;
}

export async function post(path, body) {
  const { answer, body: said } = await call(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Refused(said.message ?? `HTTP ${answer.status}`);
  return said;
}
