// What blocks cost: lines over the inner width with a marker that is dragged, the closed form with
// its numbers, a table of all of it. Python is asked for one thing only: to measure a time.

import { drawDials } from "./dials.js";
import { clockOf, costsInWords, formOf, tableOf } from "./numbers.js";
import { plotOf } from "./pointing.js";
import { SETTINGS, change } from "./state.js";
import { element, mount } from "../kit/dom.js";

function render({ model, el }) {
  const tie = mount(model, el, "costs", { alone: true });
  const plot = plotOf(tie, () => show());
  const dials = drawDials(tie, () => show());
  const words = element("p", { class: "words", "aria-live": "polite" });
  const form = formOf(tie);
  const table = tableOf((name) => change(tie, { focus: name }));
  const clock = clockOf(tie);
  const alert = element("p", { class: "message", role: "alert" });
  const [into, out] = tie.get("channels");
  const channels = element("span", { class: "muted" }, `${into} channels in, M inside, ${out} out`);
  tie.root.append(
    element("div", { class: "head" }, element("b", {}, "What a block costs"), channels),
    alert, plot.node, dials.first, words, ...dials.rest, form.node, table.node, clock.node,
  );
  const showMessage = () => (alert.textContent = tie.get("message"));
  const show = () => {
    const now = plot.state();
    words.textContent = costsInWords(now);
    plot.show(now, words.textContent);
    for (const part of [dials, form, table, clock]) part.show(now);
  };
  tie.listen(SETTINGS, show);
  tie.listen(["progress"], clock.show);
  tie.onKernel(clock.show);
  tie.listen(["message"], showMessage);
  showMessage();
  show();
  return tie.leave;
}

export default { render };
