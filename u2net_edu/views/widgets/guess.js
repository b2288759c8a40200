// A question with options to tick. Python holds the reasons back until there is a tick.

function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children); // strings become text, never HTML
  return node;
}

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
  const stopped = new AbortController();
  const listen = (name, action) => {
    model.on(`change:${name}`, action);
    stopped.signal.addEventListener("abort", () => model.off(`change:${name}`, action));
  };
  const id = `u2-guess-${Math.random().toString(36).slice(2)}`;
  const verdict = element("p", { class: "verdict", role: "status" });
  const list = element("ul");
  const root = element(
    "div", { class: "u2 u2-guess", role: "group", "aria-labelledby": id, "data-guess": model.get("name") },
    element("p", { id }, element("b", {}, "Guess: "), ...prose(model.get("question"))),
    list,
    verdict,
  );
  // Enter and Space press a button; the notebook would take them for its own.
  root.addEventListener("keydown", (event) => {
    if (event.key === "Enter" || event.key === " ") event.stopPropagation();
  });
  root.setAttribute("data-lm-suppress-shortcuts", "true");
  el.append(root);

  const buttons = model.get("options").map((option, index) => {
    const button = element("button", { type: "button" }, ...prose(option));
    button.addEventListener("click", () => {
      if (model.get("reasons").length) return; // the first tick counts
      model.set("chosen", index);
      model.save_changes();
    });
    list.append(element("li", {}, button));
    return button;
  });

  const show = () => {
    const reasons = model.get("reasons");
    const chosen = model.get("chosen");
    buttons.forEach((button, index) => {
      button.setAttribute("aria-pressed", String(index === chosen));
      const item = button.parentElement;
      item.querySelector(".reason")?.remove();
      if (!reasons.length) return;
      const { right, reason } = reasons[index];
      button.setAttribute("aria-disabled", "true");
      const sign = element("span", { class: right ? "right" : "wrong" }, right ? "✓ Right. " : "✗ No. ");
      item.append(element("p", { class: "reason", id: `${id}-${index}` }, sign, ...prose(reason)));
      button.setAttribute("aria-describedby", `${id}-${index}`);
    });
    verdict.textContent = [
      reasons.length
        ? reasons[chosen]?.right ? "You guessed right." : "Not this one; read why."
        : "Tick one before you go on. Wrong guesses teach the most.",
      model.get("note"),
      model.get("message"),
    ].join(" ");
  };
  ["chosen", "reasons", "note", "message"].forEach((name) => listen(name, show));
  show();
  return () => stopped.abort();
}

export default { render };
