// The camera and the decoder. The decoder is a megabyte of WebAssembly, so it comes only when a page scans.

const PAUSE_MS = 110;
/** Photos are scaled down before they are read: large ones take seconds and are read no better. */
const PHOTO_SIZES = [1600, 900, 2400];

let detector;

/** The decoder; `addresses` = {decoder, wasm}. Loaded once per page. */
function loadDetector(addresses) {
  detector =
    detector ||
    import(addresses.decoder)
      .then((module) => module.makeDetector(addresses.wasm))
      .catch((error) => {
        detector = null;
        throw error;
      });
  return detector;
}

async function texts(source, addresses) {
  const found = await (await loadDetector(addresses)).detect(source);
  return found.map((each) => each.rawValue).filter(Boolean);
}

/** Watches a <video> and hands every text it reads to `onText`, which may return a promise to wait for. */
export class Scanner {
  constructor(video, addresses, onText) {
    this.video = video;
    this.addresses = addresses;
    this.onText = onText;
    this.stream = null;
    this.paused = false;
  }

  /** Start the camera. Rejects with a DOMException whose name says why there is none. */
  async start() {
    if (!navigator.mediaDevices) throw new DOMException("no camera without https", "SecurityError");
    this.stream = await navigator.mediaDevices.getUserMedia({
      audio: false,
      video: { facingMode: { ideal: "environment" }, width: { ideal: 1280 }, height: { ideal: 720 } },
    });
    this.video.srcObject = this.stream;
    await this.video.play();
    await loadDetector(this.addresses);
    this.watch();
  }

  stop() {
    if (this.stream) this.stream.getTracks().forEach((track) => track.stop());
    this.stream = null;
    this.video.srcObject = null;
  }

  get running() {
    return Boolean(this.stream);
  }

  async watch() {
    while (this.stream) {
      if (!this.paused && this.video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA) {
        const read = await texts(this.video, this.addresses).catch(() => []);
        if (read.length && this.stream && !this.paused) await this.onText(read[0]);
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }

  get track() {
    return this.stream ? this.stream.getVideoTracks()[0] : null;
  }

  get hasTorch() {
    const track = this.track;
    return Boolean(track && track.getCapabilities && track.getCapabilities().torch);
  }

  async setTorch(on) {
    await this.track.applyConstraints({ advanced: [{ torch: on }] });
  }
}

/** The first text of a code in a photo, or "" when there is none. Rejects when the file is not a picture. */
export async function readPhoto(file, addresses) {
  const bitmap = await picture(file);
  for (const size of PHOTO_SIZES) {
    const [text] = await texts(scaled(bitmap, size), addresses);
    if (text) return text;
  }
  return "";
}

async function picture(file) {
  if ("createImageBitmap" in window) return createImageBitmap(file);
  const image = new Image();
  image.src = URL.createObjectURL(file);
  await image.decode();
  return image;
}

function scaled(bitmap, longest) {
  const factor = Math.min(1, longest / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(bitmap.width * factor));
  canvas.height = Math.max(1, Math.round(bitmap.height * factor));
  const context = canvas.getContext("2d");
  // A code on a transparent picture is black on black otherwise.
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return canvas;
}
