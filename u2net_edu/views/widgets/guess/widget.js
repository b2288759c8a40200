// A question with options to tick. Python holds the reasons back until there is a tick.

import { element, mount } from "../kit/dom.js";

// `backticks` as code, *stars* as emphasis, the rest as text.
function prose(text) {
  return text
    .split(/(`[^`]+`|\*\w[^*]*\*)/)
    .map((part) =>
      part.startsWith("`") ? element("code", {}, part.slice(1, -1))
      : part.length > 2 && part.startsWith("*") ? element("em", {}, part.slice(1, -1))
      : part,
    );
}

function render({ model, el }) {
  const tie = mount(model, el, "guess");
  const id = `u2-guess-${Math.random().toString(36).slice(2)}`;
  const verdict = element("p", { class: "verdict", role: "status" });
  const list = element("ul");
  const again = element("button", { type: "button", class: "again", hidden: "" }, "Ask me again");
  again.addEventListener("click", () => {
    tie.set({ asked_again: tie.get("asked_again") + 1 });
    buttons[0].focus();
  });
  const { root } = tie;
  root.setAttribute("role", "group");
  root.setAttribute("aria-labelledby", id);
  root.setAttribute("data-guess", tie.get("name"));
  root.append(
    element("p", { id }, element("b", {}, "Guess: "), ...prose(tie.get("question"))),
    list,
    verdict,
    again,
  );
  // Enter and Space press a button; the notebook would take them for its own.
  root.addEventListener("keydown", (event) => {
    if (event.key === "Enter" || event.key === " ") event.stopPropagation();
  });

  const buttons = tie.get("options").map((option, index) => {
    const button = element("button", { type: "button" }, ...prose(option));
    button.addEventListener("click", () => {
      if (tie.get("reasons").length) return; // the first tick counts
      tie.set({ chosen: index });
    });
    list.append(element("li", {}, button));
    return button;
  });

  const show = () => {
    const reasons = tie.get("reasons");
    const chosen = tie.get("chosen");
    buttons.forEach((button, index) => {
      button.setAttribute("aria-pressed", String(index === chosen));
      const item = button.parentElement;
      item.querySelector(".reason")?.remove();
      if (!reasons.length) {
        button.removeAttribute("aria-disabled");
        button.removeAttribute("aria-describedby");
        return;
      }
      const { right, reason } = reasons[index];
      button.setAttribute("aria-disabled", "true");
      const sign = element("span", { class: right ? "right" : "wrong" }, right ? "✓ Right. " : "✗ No. ");
      item.append(element("p", { class: "reason", id: `${id}-${index}` }, sign, ...prose(reason)));
      button.setAttribute("aria-describedby", `${id}-${index}`);
    });
    again.hidden = !reasons.length || !tie.live();
    verdict.textContent = [
      reasons.length
        ? reasons[chosen]?.right ? "You guessed right." : "Not this one; read why."
        : tie.live() ? "Click one before you go on. Wrong guesses teach the most." : "",
      tie.get("note"),
      tie.get("message"),
    ].join(" ");
  };
  tie.listen(["chosen", "reasons", "note", "message"], show);
  tie.onKernel(show);
  show();
  return () => tie.leave();
}

export default { render };
