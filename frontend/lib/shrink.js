// A photo is made small on the phone before it is sent: the server takes no request of the size that cameras make.
const SIDE_PIXELS = 1200;
const QUALITY = 0.85;

/** The picture in `file` as a small JPEG. Throws for what the browser cannot open as a picture. */
export async function shrunk(file, side = SIDE_PIXELS, quality = QUALITY) {
  const bitmap = await createImageBitmap(file);
  const factor = Math.min(1, side / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(bitmap.width * factor));
  canvas.height = Math.max(1, Math.round(bitmap.height * factor));
  const context = canvas.getContext("2d");
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("no picture"))), "image/jpeg", quality),
  );
}
