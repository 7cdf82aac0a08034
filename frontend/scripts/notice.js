// A notice on a member's screen: once it was in sight for a moment the service is told that it was read.
import { post } from "../lib/api.js";
import { find } from "../lib/dom.js";

/** Whoever only brushes past has not read it. */
const LOOK_MS = 1500;
const notice = find("[data-notice]");

async function tell() {
  if (document.visibilityState !== "visible") {
    document.addEventListener("visibilitychange", wait, { once: true });
    return;
  }
  try {
    await post(`/api/v1/notices/${notice.dataset.notice}/reading`, { version: Number(notice.dataset.version) });
  } catch (error) {
    // Corrected meanwhile: the new words first. Anything else: the button is still there.
    if (error.code === "notice_changed") location.reload();
    return;
  }
  find("[data-read-form]").remove();
  find("[data-read-mark]").hidden = false;
}

const wait = () => setTimeout(tell, LOOK_MS);
if (notice && !notice.hasAttribute("data-read")) wait();
