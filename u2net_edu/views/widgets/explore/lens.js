// By which number the boxes are coloured, and what the colours say.

import { element, radios } from "../kit/dom.js";

/** @param {import("../kit/types").Tie} tie */
export function drawLens(tie, state) {
  const choice = radios("colour by", tie.get("lenses"), () => tie.get("lens"), (lens) => tie.set({ lens }));
  const scale = element("span", { class: "scale" });
  const show = () => {
    choice.show();
    const lens = tie.get("lens");
    scale.hidden = lens === "role";
    if (lens === "time" && tie.live() && !tie.get("times").seconds) {
      scale.replaceChildren("measuring every operator: some seconds …");
      return;
    }
    const colours = `background: linear-gradient(to right, ${state.shades().join(",")})`;
    const about = lens === "time" ? whoMeasured(tie) : "";
    scale.replaceChildren("none ", element("i", { style: colours }), " most on this level", about ? ` · ${about}` : "");
  };
  return { node: element("span", { class: "lens" }, "colour by ", choice.group, scale), show };
}

function whoMeasured(tie) {
  return tie.get("times").machine ?? (tie.live() ? "" : "no times were measured");
}
