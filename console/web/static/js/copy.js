// Copies a text in one press. Without script there is no button: the text is selected by hand.
"use strict";
(() => {
  const SAID_MS = 20000;
  let last = null;

  function offer() {
    for (const line of document.querySelectorAll("[data-copies]")) line.hidden = false;
  }

  async function copied(element) {
    if (element.select) {
      element.select(); // a field
    } else {
      const range = document.createRange();
      range.selectNodeContents(element);
      const selection = getSelection();
      selection.removeAllRanges();
      selection.addRange(range);
    }
    try {
      await navigator.clipboard.writeText((element.value ?? element.textContent).trim());
      return true;
    } catch {
      // No permission, or no secure address: what is selected can still be copied by command.
      return document.execCommand("copy");
    }
  }

  // Said beside the button that is there now: the part that it stands in may have been fetched anew.
  function say() {
    if (!last || performance.now() > last.until) return;
    const button = document.querySelector(`[data-copy="${CSS.escape(last.id)}"]`);
    const status = button?.parentElement.querySelector("[role=status]");
    if (status) status.textContent = last.done ? status.dataset.done : status.dataset.failed;
  }

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const id = button.dataset.copy;
    const done = await copied(document.getElementById(id));
    last = { id, done, until: performance.now() + SAID_MS };
    say();
  });
  document.addEventListener("htmx:afterSettle", () => {
    offer();
    say();
  });
  offer();
})();
