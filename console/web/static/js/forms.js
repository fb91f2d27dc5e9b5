// Faults first: a page that came back with faults puts the reader at the list of them.
"use strict";
document.querySelector("[data-focus]")?.focus();

// A draft that is saving itself is sent when that is done: sent meanwhile, it would carry the
// number of the text before, and the writer would meet a conflict with themselves.
(() => {
  let saving = 0;
  let pressed = null;

  function done() {
    saving -= 1;
    if (saving > 0 || !pressed) return;
    const { form, submitter } = pressed;
    pressed = null;
    form.requestSubmit(submitter);
  }

  const started = new Map([["htmx:beforeSend", () => { saving += 1; }]]);
  const ended = ["htmx:afterSettle", "htmx:responseError", "htmx:sendError", "htmx:sendAbort"];
  for (const name of ended) started.set(name, done);
  for (const [name, act] of started) {
    document.addEventListener(name, (event) => {
      const { requestConfig, target } = event.detail;
      // Parts that ride along with an answer settle with events of their own.
      const own = name !== "htmx:afterSettle" || event.target === target;
      if (own && requestConfig?.elt.matches("[data-saves]")) act();
    });
  }
  document.addEventListener("submit", (event) => {
    if (saving === 0 || !event.target.querySelector("[data-saves]")) return;
    event.preventDefault();
    pressed = { form: event.target, submitter: event.submitter };
  });
})();
