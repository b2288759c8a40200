// Whether Python still stands behind a widget, and what the page says when it does not.

const ENDED = new Set(["restarting", "autorestarting", "terminating", "dead"]);
export const ASLEEP = "Python is no longer behind this widget. Run this cell again to make it live.";

// Tells `changed(live)` now and whenever the answer changes; returns what ends the watch.
// A kernel that restarts or dies takes the widget's Python half with it for good; a lost
// connection may come back. Where a page has no kernel at all, such as a reopened notebook or an
// export, the widget manager marks the element. A page without a manager is our own: always live.
export function watchKernel(model, el, changed) {
  const kernel = model.widget_manager?.kernel;
  let [ended, live] = [false, true];
  const look = () => {
    const cut = el.closest(".jupyter-widgets-disconnected") !== null;
    const now = !(ended || cut || kernel?.isDisposed || kernel?.connectionStatus === "disconnected");
    if (now !== live) changed((live = now));
  };
  const onStatus = (_, status) => {
    ended ||= ENDED.has(status);
    look();
  };
  const later = () => queueMicrotask(look); // the element is marked by a listener of the same event
  const signals = [[kernel?.statusChanged, onStatus], [kernel?.connectionStatusChanged, look], [kernel?.disposed, look]];
  for (const [signal, slot] of signals) signal?.connect?.(slot);
  model.on("comm_live_update", later);
  look();
  return () => {
    for (const [signal, slot] of signals) signal?.disconnect?.(slot);
    model.off("comm_live_update", later);
  };
}
