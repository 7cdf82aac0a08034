// Every page: dialogs, printing, one sending per form, hand scanners, the offline worker, awards that wait, forgetting at sign-out.
import { openOf } from "../lib/award-store.js";
import { find, findAll } from "../lib/dom.js";
import { serveScanner } from "../lib/hand-scanner.js";
import { forgetEverything } from "../lib/own-data.js";

const FORGET_MS = 1500;

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener) {
    const dialog = document.getElementById(opener.dataset.opens);
    if (dialog && dialog.showModal) dialog.showModal();
  }
  const closer = event.target.closest("[data-closes]");
  if (closer) closer.closest("dialog").close();
  if (event.target.closest("[data-print]")) window.print();
});

// A second tap on a slow line must not look like a second order; the server would refuse it, but say so early.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  if (form.method !== "post" || event.defaultPrevented) return;
  form.dataset.sent = "yes";
  findAll("button[type=submit]", form).forEach((button) => button.setAttribute("aria-busy", "true"));
});

// Back from the next page: the form may be sent again.
window.addEventListener("pageshow", () => {
  findAll("form[data-sent]").forEach((form) => {
    delete form.dataset.sent;
    findAll("[aria-busy]", form).forEach((button) => button.removeAttribute("aria-busy"));
  });
});

// Forms that choose (a theme, a filter) may send themselves; their button stays for those without script.
document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-sends-itself]");
  if (form) form.requestSubmit ? form.requestSubmit() : form.submit();
});

// Before the session ends the phone forgets whose it was; a phone that cannot forget must not keep anybody signed in.
findAll('form[action="/sign-out"], form[action="/me/sign-out-everywhere"]').forEach((form) =>
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    await Promise.race([forgetEverything().catch(() => {}), new Promise((resolve) => setTimeout(resolve, FORGET_MS))]);
    form.submit();
  }),
);

const desk = find("[data-desk-navigation]");
if (desk) {
  // Groups that the reader has opened stay open on the next page of this visit.
  const opened = new Set((sessionStorage.getItem("desk-groups") || "").split(" ").filter(Boolean));
  const groups = findAll(".desk-group", desk);
  groups.forEach((group) => {
    if (opened.has(group.dataset.group)) group.open = true;
    // Not "toggle": that is also told of the group which the page itself has opened.
    find("summary", group).addEventListener("click", () => {
      opened[group.open ? "delete" : "add"](group.dataset.group);
      sessionStorage.setItem("desk-groups", [...opened].join(" "));
    });
  });

  // On a phone the places of one group scroll sideways: begin where the reader is.
  const places = find(".desk-group[data-here] ul", desk);
  const here = find("[aria-current]", desk);
  if (here && here.scrollIntoView) here.scrollIntoView({ block: "nearest", inline: "center" });

  // The arrow over its right edge goes when the last place is in sight.
  if (places) {
    const mark = () =>
      desk.toggleAttribute("data-at-end", places.scrollLeft + places.clientWidth >= places.scrollWidth - 4);
    places.addEventListener("scroll", mark, { passive: true });
    window.addEventListener("resize", mark);
    mark();
  }
}

const scannerField = find("[data-scanner]");
if (scannerField) serveScanner(scannerField);

const focus = find("[data-focus]");
if (focus) focus.focus();

// Awards that wait for the network are sent from whatever page their coordinator opens; what sends them comes only then.
const { awards, reader } = document.body.dataset;
if (awards && !find("[data-award-run]")) {
  const sendAwards = async () => {
    if ((await openOf(reader)).length) await import(awards).catch(() => {});
  };
  window.addEventListener("online", sendAwards);
  sendAwards();
}

if ("serviceWorker" in navigator && document.body.hasAttribute("data-signed-in")) {
  navigator.serviceWorker.register("/service-worker.js").catch(() => {
    // Without the worker everything but the offline reload still works.
  });
}
