// Narrows a list as one types: every word must stand somewhere in the row. Without script the form
// is sent, and the server narrows it in the same way.
"use strict";
(() => {
  const form = document.querySelector("[data-find-in]");
  const input = form.querySelector("input");
  let narrowed = input.value !== "";

  function narrow() {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    const rows = document.querySelectorAll(`#${form.dataset.findIn} [data-find]`);
    for (const row of rows) {
      row.hidden = !words.every((word) => row.dataset.find.includes(word));
      if (!row.hidden) shown += 1;
    }
    const none = document.querySelector("[data-none]");
    if (none) none.hidden = words.length === 0 || shown > 0;
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    narrow();
  });
  input.addEventListener("input", () => {
    if (narrowed) {
      // The server sent only what fitted the words it was asked with: fetch every answer.
      narrowed = false;
      htmx.trigger(document.getElementById("live"), "hint");
    }
    narrow();
  });
  document.addEventListener("htmx:afterSettle", narrow);
  narrow();
})();
