// The photograph that the network is shown, and the button that changes it.

import { element } from "../kit/dom.js";
import { uploadButton } from "./upload.js";

// `get(trait)`, `set(trait, value)`; `picture(bytes)`: an address for a PNG; `size` in words.
export function drawOwnPicture({ get, set, picture, size }) {
  const image = element("img", {});
  const caption = element("figcaption", {});
  const busy = element("span", { class: "muted", role: "status" });
  const problem = element("p", { class: "message", role: "alert" });
  const figure = element("figure", {}, image, caption);
  const say = (doing, wrong) => {
    busy.textContent = doing;
    problem.textContent = wrong;
  };
  const button = uploadButton(figure, {
    longest: () => get("longest"),
    begin: () => say("reading…", ""),
    send: (file) => {
      say("the network runs…", "");
      set("uploaded", { ...file, count: (get("uploaded").count ?? 0) + 1 });
    },
    refuse: (why) => {
      set("problem", why);
      say("", why); // the same refusal twice is no change of the trait
    },
  });
  const show = () => {
    image.src = picture(get("photo"));
    name();
  };
  const name = () => {
    image.alt = `${get("picture_name")}, ${size}`;
    caption.textContent = `${get("picture_name")}, as the network is shown it: ${size}`;
  };
  const answer = () => say("", get("problem"));
  show();
  answer();
  return { figure, own: element("div", { class: "own" }, button, busy, problem), show, name, answer };
}
