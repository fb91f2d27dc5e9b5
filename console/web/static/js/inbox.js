// The inbox by keyboard: j and k go along the rows, s and i press a row's own buttons. Without
// script the same is reached with Tab and Enter.
"use strict";
(() => {
  const list = document.querySelector("[data-inbox]");
  if (!list) return;
  const rows = [...list.children];
  const presses = { s: "seen", i: "no_action" };

  function go(step) {
    const here = rows.findIndex((row) => row.contains(document.activeElement));
    const next = rows[here === -1 ? 0 : Math.min(rows.length - 1, Math.max(0, here + step))];
    next.querySelector("a").focus();
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.target.closest("input, textarea, select")) return;
    if (event.key === "j" || event.key === "k") {
      event.preventDefault();
      go(event.key === "j" ? 1 : -1);
      return;
    }
    const row = document.activeElement.closest("[data-inbox] > li");
    const button = row && presses[event.key] && row.querySelector(`[data-state="${presses[event.key]}"]`);
    if (button) {
      event.preventDefault();
      button.click();
    }
  });
})();
