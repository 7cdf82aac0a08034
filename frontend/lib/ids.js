// Random names: for scans, so that a repeat is known as one, and for this browser, so that phones can be told apart.

const DEVICE = "alliance.device";

/** A random UUID; also where crypto.randomUUID is missing (old phones, pages without https). */
export function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [8, 12, 16, 20, 32].map((end, i, ends) => digits.slice(i ? ends[i - 1] : 0, end)).join("-");
}

/** This browser's own random name; it survives signing out, because two members on one phone is what it shows. */
export function deviceId() {
  try {
    let id = localStorage.getItem(DEVICE);
    if (!id) {
      id = newId();
      localStorage.setItem(DEVICE, id);
    }
    return id;
  } catch (error) {
    return null;
  }
}
