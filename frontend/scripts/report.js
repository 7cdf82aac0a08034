// The form of a report: one question at a time, and everything once more before it goes. Without this script the same
// questions stand one below the other.
import { find, findAll, make, say } from "../lib/dom.js";
import { keepPhotos } from "../lib/photos.js";

const form = find("form[data-ask]");
const steps = findAll("[data-step]", form);
const review = find("[data-review]", form);
const photos = find("[data-photos]", form);
const countPhotos = photos ? keepPhotos(photos) : () => 0;
let now = 0;

form.classList.add("ask-by-steps");
review.hidden = false;
find("[data-ask-nav]").hidden = false;

function show(index, { move = true, remember = true } = {}) {
  now = Math.max(0, Math.min(index, steps.length - 1));
  const last = now === steps.length - 1;
  steps.forEach((step, at) => {
    step.hidden = at !== now;
  });
  find("[data-ask-progress]").textContent = say("progress", { number: now + 1, count: steps.length });
  const bar = find("[data-ask-bar]");
  bar.max = steps.length;
  bar.value = now + 1;
  find("[data-ask-back]").hidden = now === 0;
  find("[data-ask-next]").hidden = last;
  find("[data-send]").hidden = !last;
  if (last) read();
  if (remember) history.pushState({ step: now }, "");
  if (move) {
    window.scrollTo(0, 0);
    const head = find("h2", steps[now]);
    head.tabIndex = -1;
    head.focus({ preventScroll: true });
  }
}

const inputsOf = (step) => findAll("input, textarea, select", step).filter((each) => each.type !== "hidden");

/** What somebody has answered in one step, as he reads it. */
function answer(step) {
  if (step === photos) {
    const count = countPhotos();
    return count ? say("photo_count", { count }) : say("none");
  }
  const fixed = find("[data-fixed]", step);
  const said = inputsOf(step).map((each) => {
    if (each.type === "radio" || each.type === "checkbox") {
      return each.checked ? find("[data-said]", each.closest("label")).textContent.trim() : "";
    }
    if (each.tagName === "SELECT") return each.value ? each.selectedOptions[0].textContent.trim() : "";
    return each.value.trim();
  });
  return [fixed && fixed.textContent.trim(), ...said].filter(Boolean).join(" · ") || say("none");
}

/** All answers, each with a way back to its question. */
function read() {
  find("[data-review-list]").replaceChildren(
    ...steps.slice(0, -1).map((step, index) => {
      const change = make("button", { class: "button", type: "button" }, say("change"));
      change.setAttribute("aria-label", say("change_one", { question: step.dataset.label }));
      change.addEventListener("click", () => show(index));
      return make("div", {}, make("dt", {}, step.dataset.label), make("dd", {}, answer(step)), make("dd", { class: "review-change" }, change));
    }),
  );
}

/** Whether nothing that must be said is missing in a step; else the fault is told at it. */
function complete(step) {
  const inputs = inputsOf(step);
  const missing = step.hasAttribute("data-one-of")
    ? !find("[data-fixed]", step) && inputs.every((each) => !each.value.trim()) && inputs[0]
    : inputs.find((each) => !each.checkValidity());
  const told = find("[data-missing]", step);
  if (told) told.hidden = !missing;
  if (missing) missing.focus();
  return !missing;
}

form.addEventListener("input", (event) => {
  const told = find("[data-missing]", event.target.closest("[data-step]") || form);
  if (told) told.hidden = true;
});
find("[data-ask-next]").addEventListener("click", () => complete(steps[now]) && show(now + 1));
find("[data-ask-back]").addEventListener("click", () => history.back());
window.addEventListener("popstate", (event) => show(event.state ? event.state.step : 0, { remember: false }));

form.addEventListener("submit", (event) => {
  if (now < steps.length - 1) {
    event.preventDefault();
    if (complete(steps[now])) show(now + 1);
    return;
  }
  const open = steps.findIndex((step) => !complete(step));
  if (open >= 0) {
    event.preventDefault();
    show(open);
  }
});

const faulty = steps.findIndex((step) => find("[aria-invalid=true], .field-error:not([hidden])", step));
history.replaceState({ step: Math.max(0, faulty) }, "");
show(Math.max(0, faulty), { move: false, remember: false });
