// A photo is made small on the phone before it is sent: the server takes no request of the size that cameras make.
import { find, say } from "../lib/dom.js";

const SIDE_PIXELS = 1200;
const QUALITY = 0.85;
const input = find("input[type=file][data-picture]");
const status = find("[data-picture-status]");
const preview = find("[data-picture-preview]");

input.addEventListener("change", async () => {
  const [file] = input.files;
  if (!file || !window.createImageBitmap || !window.DataTransfer) return;
  status.textContent = "";
  try {
    const small = await shrunk(await createImageBitmap(file));
    const holder = new DataTransfer();
    holder.items.add(new File([small], "picture.jpg", { type: small.type }));
    input.files = holder.files;
    show(small);
  } catch (error) {
    // The server looks at whatever was chosen, and says what is wrong with it.
    status.textContent = say("unreadable");
  }
});

async function shrunk(bitmap) {
  const factor = Math.min(1, SIDE_PIXELS / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(bitmap.width * factor));
  canvas.height = Math.max(1, Math.round(bitmap.height * factor));
  const context = canvas.getContext("2d");
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("no picture"))), "image/jpeg", QUALITY),
  );
}

function show(blob) {
  if (!preview) return;
  URL.revokeObjectURL(preview.src);
  preview.src = URL.createObjectURL(blob);
  preview.hidden = false;
}
