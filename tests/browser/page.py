"""A widget in a bare page: its JavaScript in the browser, its Python in this process.

Nothing of Jupyter in between: what the page sets arrives in the widget at once, and every trait
that changed by it goes back. Quick enough to test each click and key.
"""

import base64
from contextlib import contextmanager

from playwright.sync_api import Keyboard, Locator, Mouse

SHELL = """<!doctype html><html><head><meta charset="utf-8"><style>
body { margin: 16px; background: %(background)s; }
%(css)s</style></head>
<body data-jp-theme-light="%(light)s"><main id="widget"></main></body></html>"""

START = """async ([source, traits]) => {
  const decode = (value) => {
    if (Array.isArray(value)) return value.map(decode);
    if (value && typeof value === "object") {
      if ("__bytes__" in value) {
        const raw = Uint8Array.from(atob(value.__bytes__), (c) => c.charCodeAt(0));
        return new DataView(raw.buffer);
      }
      return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, decode(v)]));
    }
    return value;
  };
  const state = decode(traits);
  const listeners = {};
  // Bytes that a widget sends: what JSON cannot hold goes as base64.
  const encode = (value) => {
    if (value instanceof DataView) {
      let raw = "";
      for (let i = 0; i < value.byteLength; i++) raw += String.fromCharCode(value.getUint8(i));
      return { __bytes__: btoa(raw) };
    }
    if (Array.isArray(value)) return value.map(encode);
    if (value && typeof value === "object")
      return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, encode(v)]));
    return value;
  };
  let pending = {};
  // How many answers are awaited for a trait: an echo of an older value than the newest is dropped,
  // as the widget manager of a notebook does.
  const awaited = {};
  let asking = Promise.resolve();
  const tell = (name) => (listeners[`change:${name}`] ?? []).forEach((f) => f());
  const apply = (changed) => {
    for (const [name, value] of Object.entries(decode(changed))) state[name] = value;
    Object.keys(changed).forEach(tell);
  };
  const model = {
    get: (name) => state[name],
    set: (name, value) => {
      state[name] = value;
      pending[name] = value;
      tell(name);
    },
    save_changes: () => {
      const changes = pending;
      pending = {};
      for (const name in changes) awaited[name] = (awaited[name] ?? 0) + 1;
      const answer = window.toPython(encode(changes)).then((changed) => {
        for (const name in changes) awaited[name]--;
        apply(Object.fromEntries(Object.entries(changed).filter(([name]) => !awaited[name])));
      });
      asking = Promise.allSettled([asking, answer]);
      return answer;
    },
    on: (name, f) => (listeners[name] ??= []).push(f),
    off: (name, f) => (listeners[name] = (listeners[name] ?? []).filter((g) => g !== f)),
  };
  model.widget_manager = window.manager;
  window.tell = (event) => (listeners[event] ?? []).forEach((f) => f());
  window.apply = apply;
  window.settled = () => asking.then(() => true);
  window.listenerCount = () => Object.values(listeners).flat().length;
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const module = await import(url);
  window.leave = await module.default.render({ model, el: document.getElementById("widget") });
}"""


def encode(value):
    """A trait's value as JSON; bytes as base64."""
    if isinstance(value, (bytes, memoryview)):
        return {"__bytes__": base64.b64encode(value).decode()}
    if isinstance(value, dict):
        return {key: encode(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [encode(item) for item in value]
    return value


def decode(value):
    """What `encode` gave, as it was; lists stay lists."""
    if isinstance(value, list):
        return [decode(item) for item in value]
    if isinstance(value, dict):
        if "__bytes__" in value:
            return base64.b64decode(value["__bytes__"])
        return {key: decode(item) for key, item in value.items()}
    return value


def traits_of(widget) -> dict:
    """The traits that the browser sees."""
    skip = {"_esm", "_css", "layout", "tooltip", "tabbable"}
    return {
        name: getattr(widget, name) for name in widget.keys if name not in skip and name[0] != "_"
    }


MANAGER = """([cut]) => {
  const signal = () => {
    const slots = new Set();
    return { connect: (slot) => slots.add(slot), disconnect: (slot) => slots.delete(slot),
             emit: (...told) => slots.forEach((slot) => slot(...told)) };
  };
  const [statusChanged, connectionStatusChanged, disposed] = [signal(), signal(), signal()];
  const kernel = { statusChanged, connectionStatusChanged, disposed };
  const { classList } = document.getElementById("widget");
  const mark = () => classList.add("jupyter-widgets-disconnected");
  if (cut) mark();
  window.manager = {
    kernel,
    say: (status) => statusChanged.emit(kernel, status),
    connect: (status) => {
      kernel.connectionStatus = status;
      connectionStatusChanged.emit(kernel, status);
    },
    dispose: () => { kernel.isDisposed = true; disposed.emit(kernel); },
    cut: () => { window.tell("comm_live_update"); mark(); },
  };
}"""


def show(page, widget, theme: str = "light", *, manager: bool = False, cut: bool = False) -> None:
    """Render `widget` in `page`, tied to the Python object.

    Args:
        manager: whether there is a `window.manager` of widgets, with a kernel that can go away.
        cut: whether it has no kernel from the start, as in a notebook that is reopened.
    """

    def to_python(changes: dict) -> dict:
        before = dict(traits_of(widget))
        sent = {name: decode(value) for name, value in changes.items()}
        with sent_back(widget) as kept:
            widget.set_state(sent)
        after = traits_of(widget)
        changed = {name for name in after if after[name] is not before[name]} | kept
        return {name: encode(after[name]) for name in after if name in changed}

    page.expose_function("toPython", to_python)
    background = {"light": "#ffffff", "dark": "#12171d"}[theme]
    page.set_content(
        SHELL
        % {"css": widget._css, "background": background, "light": str(theme == "light").lower()}
    )
    if manager:
        page.evaluate(MANAGER, [cut])
    page.evaluate(START, [str(widget._esm), encode(traits_of(widget))])


@contextmanager
def sent_back(widget):
    """The names of traits that the widget sends while it takes what the page sent."""
    names, send = set(), widget.send_state
    widget.send_state = lambda key=None: names.update([key] if isinstance(key, str) else key or ())
    try:
        yield names
    finally:
        widget.send_state = send


ACTS = {
    Keyboard: ["press", "type"],
    Mouse: ["click", "move", "down", "up", "wheel"],
    Locator: [
        "check",
        "click",
        "dispatch_event",
        "fill",
        "focus",
        "hover",
        "press",
        "press_sequentially",
        "select_option",
        "set_input_files",
        "uncheck",
    ],
}


def settle_after_acts(page, monkeypatch) -> None:
    """Let every click and key of a test be followed by what it changes in Python, and its answer.

    The browser says that it has handled a key, and what the page sent of it may still be on its
    way: on a busy machine a test would look too early.
    """

    def settling(act):
        def acted(*arguments, **options):
            found = act(*arguments, **options)
            if page.url == "about:blank" and not page.is_closed():
                page.evaluate("() => window.settled?.()")
            return found

        return acted

    for kind, names in ACTS.items():
        for name in names:
            monkeypatch.setattr(kind, name, settling(getattr(kind, name)))


def push(page, widget, **changes) -> None:
    """Set traits from Python and hand them to the page, as a cell of the notebook would."""
    before = dict(traits_of(widget))
    for name, value in changes.items():
        setattr(widget, name, value)
    after = traits_of(widget)
    page.evaluate(
        "(changed) => window.apply(changed)",
        {name: encode(after[name]) for name in after if after[name] is not before[name]},
    )


OVERLAPS = """(selector) => {
  const root = document.querySelector(".u2").getBoundingClientRect();
  const labels = [...document.querySelectorAll(selector)]
    .map((node) => [node.textContent, node.getBoundingClientRect()])
    .filter(([, box]) => box.width && box.height);
  const wrong = labels
    .filter(([, box]) => box.left < root.left || box.right > root.right)
    .map(([text]) => `${text} leaves the widget`);
  labels.forEach(([text, a], i) => labels.slice(0, i).forEach(([other, b]) => {
    const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
    const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
    if (wide > 0.5 && high > 0.5) wrong.push(`${text} lies on ${other}`);
  }));
  return wrong;
}"""


def overlaps(page, selector: str) -> list[str]:
    """Which of the elements lie on one another or leave the widget, in words."""
    return page.evaluate(OVERLAPS, selector)


def watch(page) -> list[str]:
    """A list into which goes what must not happen: errors on the console, requests to anywhere."""
    found: list[str] = []
    page.on("pageerror", lambda error: found.append(str(error)))
    page.on("console", lambda m: found.append(m.text) if m.type == "error" else None)
    inside = ("blob:", "data:", "about:", "file:")
    page.on("request", lambda r: None if r.url.startswith(inside) else found.append(r.url))
    return found
