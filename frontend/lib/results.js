// The result of a scan as a full-screen state: ✓ green, ! amber, ✗ red, each with its own sound and its own word.
import { icon, make, say } from "./dom.js";
import { signal, speak } from "./feedback.js";

/** Outcomes that are no failure but need a look; refusals where nobody did anything wrong. */
const LOOK_OUTCOMES = ["requested", "round_held", "round_incomplete", "voucher", "voucher_own", "letter_revoked"];
/** Outcomes whose points are a price, or not yet given, and nothing that was earned. */
const PRICES = ["requested", "voucher", "voucher_own", "order_held", "charge_held", "shop"];
const MILD_REFUSALS = ["already_visited", "already_joined", "already_attended", "choose_route", "cooldown", "round_over"];
/** The icon of each tone, in full screen and in the list of scans. */
export const MARKS = { ok: "check", warn: "alert", refuse: "cross", wait: "queue" };

/** What to show for a scan of the queue: {tone, title, points, what, next, contact, choices}. */
export function wordsFor(scan) {
  if (scan.state === "accepted") {
    const { outcome, title, what, next_step: next, points } = scan.answer;
    return { tone: LOOK_OUTCOMES.includes(outcome) ? "warn" : "ok", title, points: PRICES.includes(outcome) ? null : points, what, next };
  }
  if (scan.state === "refused") {
    const { code, detail, remedy, contact, data } = scan.problem;
    return {
      tone: MILD_REFUSALS.includes(code) ? "warn" : "refuse",
      title: detail,
      next: remedy,
      contact: MILD_REFUSALS.includes(code) ? "" : contact,
      choices: code === "choose_route" ? (data.routes || []).map(({ id, name }) => ({ route_id: id, label: name })) : [],
    };
  }
  return null;
}

/** Fill the page's <dialog data-result> and open it. `actions` = [{label, main, run | href}]. Closes by any action. */
export function showResult(words, actions) {
  const dialog = document.querySelector("[data-result]");
  dialog.className = `result result-${words.tone}`;
  dialog.replaceChildren(body(words), controls(dialog, actions, words));
  if (!dialog.open) dialog.showModal ? dialog.showModal() : dialog.setAttribute("open", "");
  const main = dialog.querySelector(".button-main");
  if (main) main.focus();
  if (words.tone !== "wait") {
    signal(words.tone);
    speak([words.title, words.points ? say("spoken_points", { points: words.points }) : "", words.what, words.next].filter(Boolean).join("。"));
  }
}

export function closeResult() {
  const dialog = document.querySelector("[data-result]");
  if (dialog.open) dialog.close ? dialog.close() : dialog.removeAttribute("open");
}

function body({ tone, title, points, what, next, contact }) {
  const mark = make("div", { class: "result-mark" }, icon(MARKS[tone]));
  const earned = points
    ? make("p", { class: "result-points" }, points > 0 ? `+${points}` : String(points), make("small", {}, ` ${say("points")}`))
    : null;
  return make(
    "div",
    { class: "result-body" },
    mark,
    make("h2", { class: "result-title", id: "result-title" }, title),
    earned,
    what ? make("p", { class: "result-what" }, what) : null,
    next ? make("p", { class: "result-next" }, next) : null,
    contact ? make("a", { class: "button button-wide", href: `tel:${contact}` }, icon("phone"), say("call", { phone: contact.replace(/-/g, "\u2011") })) : null,
  );
}

function controls(dialog, actions, { choices = [] }) {
  const all = [...choices.map((choice) => ({ label: choice.label, run: choice.run })), ...actions];
  return make("div", { class: "result-actions" }, ...all.map((action) => control(dialog, action)));
}

function control(dialog, { label, main, run, href }) {
  const look = `button button-wide${main ? " button-main" : ""}`;
  if (href) return make("a", { class: look, href }, label);
  const button = make("button", { class: look, type: "button" }, label);
  button.addEventListener("click", (event) => {
    // The second tap of a double tap was meant for what stood here before; it must not close the answer unread.
    if (event.detail > 1) return;
    closeResult();
    if (run) run();
  });
  return button;
}
