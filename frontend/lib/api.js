// Talking to /api/v1: forgery token, time limit, and errors as one kind of exception.

const TIMEOUT_MS = 15000;

/** An answer that says no: the fields of problem+json. */
export class Problem extends Error {
  constructor(status, body, retryAfter) {
    super(body.detail || "");
    this.status = status;
    this.code = body.code || "";
    this.detail = body.detail || "";
    this.remedy = body.remedy || "";
    this.contact = body.contact || "";
    this.retryAfter = retryAfter;
    this.data = body;
  }
}

/** No answer at all: no network, a time-out, or somebody else's page in its place. */
export class NoAnswer extends Error {}

export const get = (path) => ask("GET", path);

/** POST `body` as JSON. A token that has run out is fetched anew once, because pages stay open for days. */
export async function post(path, body) {
  try {
    return await ask("POST", path, body);
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== "form_expired") throw error;
    await renewToken();
    return ask("POST", path, body);
  }
}

async function ask(method, path, body) {
  const response = await send(path, {
    method,
    headers: {
      Accept: "application/json",
      ...(body === undefined ? {} : { "Content-Type": "application/json", "X-CSRF-Token": token() }),
    },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const kind = response.headers.get("Content-Type") || "";
  if (!/json/.test(kind)) throw new NoAnswer(`not ours: ${response.status}`);
  const answer = await response.json().catch(() => {
    throw new NoAnswer("cut off");
  });
  if (!response.ok) {
    throw new Problem(response.status, answer, Number(response.headers.get("Retry-After")) || 0);
  }
  return { body: answer, status: response.status, date: Date.parse(response.headers.get("Date") || "") || Date.now() };
}

async function send(path, options) {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), TIMEOUT_MS);
  try {
    return await fetch(path, { credentials: "same-origin", cache: "no-store", signal: abort.signal, ...options });
  } catch (error) {
    throw new NoAnswer(String(error));
  } finally {
    clearTimeout(timer);
  }
}

function token() {
  const meta = document.querySelector('meta[name="csrf-token"]');
  return meta ? meta.content : "";
}

/** The page kept for offline use has no token, and an old one may have run out: take it from a fresh page. */
async function renewToken() {
  const response = await send("/scan", { headers: { Accept: "text/html" } });
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const fresh = page.querySelector('meta[name="csrf-token"]');
  if (!fresh) return;
  // Somebody else has signed in meanwhile: what this page's reader did must not be sent in another's name.
  const own = document.body.dataset.reader;
  const now = page.body.dataset.reader;
  if (own && now && own !== now) return;
  let meta = document.querySelector('meta[name="csrf-token"]');
  if (!meta) {
    meta = document.createElement("meta");
    meta.name = "csrf-token";
    document.head.append(meta);
  }
  meta.content = fresh.content;
}
