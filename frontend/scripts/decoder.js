// The decoder, loaded by camera.js only when somebody scans.
import { BarcodeDetector, prepareZXingModule } from "barcode-detector/ponyfill";

export async function makeDetector(wasm) {
  // The library would fetch its binary from another host; ours comes from our own.
  await prepareZXingModule({
    overrides: { locateFile: (path, prefix) => (path.endsWith(".wasm") ? wasm : prefix + path) },
    fireImmediately: true,
  });
  return new BarcodeDetector({ formats: ["qr_code"] });
}
