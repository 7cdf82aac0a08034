// One photo, shown and made small before it is sent.
import { find, say } from "../lib/dom.js";
import { shrunk } from "../lib/shrink.js";

const input = find("input[type=file][data-picture]");
const status = find("[data-picture-status]");
const preview = find("[data-picture-preview]");

input.addEventListener("change", async () => {
  const [file] = input.files;
  if (!file || !window.createImageBitmap || !window.DataTransfer) return;
  status.textContent = "";
  try {
    const small = await shrunk(file);
    const holder = new DataTransfer();
    holder.items.add(new File([small], "picture.jpg", { type: small.type }));
    input.files = holder.files;
    show(small);
  } catch (error) {
    // The server looks at whatever was chosen, and says what is wrong with it.
    status.textContent = say("unreadable");
  }
});

function show(blob) {
  if (!preview) return;
  URL.revokeObjectURL(preview.src);
  preview.src = URL.createObjectURL(blob);
  preview.hidden = false;
}
