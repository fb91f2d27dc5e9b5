// Faults first: a page that came back with faults puts the reader at the list of them.
"use strict";
document.querySelector("[data-focus]")?.focus();

// A draft that is saving itself is sent when that is done: sent meanwhile, it would carry the
// number of the text before, and the writer would meet a conflict with themselves. What leads on
// from a draft ([data-after-saving]) waits until all that is typed is saved, and whoever leaves by
// another way has it saved behind them.
(() => {
  const saves = document.querySelector("[data-saves]");
  if (!saves) return;
  const draft = saves.closest("form");
  let saving = 0;
  let unsaved = false;
  let pressed = null;
  let goesOn = false;
  let sent = false;

  function begin() {
    saving += 1;
    unsaved = false;
  }

  function done(name) {
    saving -= 1;
    const saved = name === "htmx:afterSettle";
    if (!saved) unsaved = true;
    if (saving > 0 || !pressed) return;
    if (saved && unsaved && pressed.form !== draft) {
      htmx.trigger(saves, "leave");
      return;
    }
    const { form, submitter } = pressed;
    pressed = null;
    goesOn = true;  // saved or not: whoever pressed isn't kept for a network that is gone
    form.requestSubmit(submitter);
    goesOn = false;
  }

  const ended = ["htmx:afterSettle", "htmx:responseError", "htmx:sendError", "htmx:sendAbort"];
  for (const name of ["htmx:beforeSend", ...ended]) {
    document.addEventListener(name, (event) => {
      const { requestConfig, target } = event.detail;
      // Parts that ride along with an answer settle with events of their own.
      const own = name !== "htmx:afterSettle" || event.target === target;
      if (!own || requestConfig?.elt !== saves) return;
      if (name === "htmx:beforeSend") begin();
      else done(name);
    });
  }
  for (const name of ["input", "change"]) {
    draft.addEventListener(name, () => { unsaved = true; });
  }
  document.addEventListener("submit", (event) => {
    const form = event.target;
    const follows = form.closest("[data-after-saving]") !== null;
    if (form !== draft && !follows) return;
    if (follows && unsaved && !goesOn && saving === 0) htmx.trigger(saves, "leave");
    if (saving > 0) {
      event.preventDefault();
      pressed = { form, submitter: event.submitter };
    } else if (form === draft) {
      sent = true;  // a key pressed after that must not take back what now waits for approval
    }
  });
  window.addEventListener("pagehide", () => {
    if (unsaved && !sent) navigator.sendBeacon(saves.getAttribute("hx-post"), new FormData(draft));
  });
  // Shown again as it was left, the page would hold the number of the text before.
  window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
})();
