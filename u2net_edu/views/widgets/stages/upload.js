// A picture of the student's own: checked and shrunk here, before anything is sent.

import { element } from "../kit/dom.js";

const PICTURE_TYPES = ["png", "jpeg", "webp", "gif", "bmp", "avif"].map((kind) => `image/${kind}`);
const MOST_FILE_BYTES = 25e6;
const MOST_FILE_PIXELS = 100e6;

// A button that asks for a file. `longest()`: to how many pixels the longer side is shrunk;
// `send({ name, data })` gets a PNG, `refuse(why)` a sentence, `begin(name)` comes before both.
// What is dropped on `target` goes the same way.
export function uploadButton(target, { longest, begin, send, refuse }) {
  const input = element("input", {
    type: "file", hidden: "", accept: PICTURE_TYPES.join(","), "aria-label": "a picture of your own",
  });
  const button = element("button", { class: "upload" }, "Your own picture…");
  let latest = 0; // anyone who chooses twice wants the second
  const take = async (file) => {
    if (!file) return;
    const turn = ++latest;
    begin(file.name);
    try {
      const data = await shrunk(file, longest());
      if (turn === latest) send({ name: file.name, data });
    } catch (error) {
      if (turn === latest) refuse(/** @type {Error} */ (error).message);
    }
  };
  button.addEventListener("click", () => input.click());
  input.addEventListener("change", () => {
    take(input.files[0]);
    input.value = ""; // so that the same file can be chosen again
  });
  for (const name of ["dragover", "drop"])
    target.addEventListener(name, (event) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      event.stopPropagation(); // the page would open the file in its place
      if (name === "drop") take(event.dataTransfer.files[0]);
    });
  return element("span", {}, button, input);
}

// The file as a PNG of at most `longest` pixels a side, upright and without transparency.
async function shrunk(file, longest) {
  const megabytes = (file.size / 1e6).toFixed(0);
  if (file.size === 0) throw new Error(`${file.name} is empty.`);
  if (file.size > MOST_FILE_BYTES)
    throw new Error(
      `${file.name} has ${megabytes} MB; at most ${MOST_FILE_BYTES / 1e6} are read. ` +
        "Save it smaller, or as JPEG.",
    );
  if (!PICTURE_TYPES.includes(file.type))
    throw new Error(
      `${file.name} is ${file.type ? `of the type ${file.type}` : "of no known type"}, not a ` +
        "picture that is read here. Save it as PNG or JPEG.",
    );
  await checkPixels(file);
  // Unlike an <img>, this refuses a file whose head is whole and whose rest is not.
  const bitmap = await createImageBitmap(file).catch(() => {
    throw new Error(damaged(file.name));
  });
  const scale = Math.min(1, longest / Math.max(bitmap.width, bitmap.height));
  const canvas = element("canvas", {
    width: Math.max(1, Math.round(scale * bitmap.width)),
    height: Math.max(1, Math.round(scale * bitmap.height)),
  });
  const paint = canvas.getContext("2d");
  paint.fillStyle = "white";
  paint.fillRect(0, 0, canvas.width, canvas.height);
  paint.imageSmoothingQuality = "high";
  paint.drawImage(bitmap, 0, 0, canvas.width, canvas.height); // turned as the camera says
  bitmap.close();
  const blob = await new Promise((done) => canvas.toBlob(done, "image/png"));
  return new DataView(await blob.arrayBuffer());
}

const damaged = (name) =>
  `${name} cannot be read as a picture: it is damaged, or not what its name says.`;

// An <img> reads the head alone, so that a small file of huge measures is never unpacked.
async function checkPixels(file) {
  const image = new Image();
  const url = URL.createObjectURL(file);
  try {
    await new Promise((done, failed) => {
      image.onload = done;
      image.onerror = () => failed(new Error(damaged(file.name)));
      image.src = url;
    });
  } finally {
    URL.revokeObjectURL(url);
  }
  const [width, height] = [image.naturalWidth, image.naturalHeight];
  if (width * height > MOST_FILE_PIXELS)
    throw new Error(
      `${file.name} has ${width}×${height} pixels; at most ${MOST_FILE_PIXELS / 1e6} million are ` +
        "read. Save it smaller.",
    );
}
