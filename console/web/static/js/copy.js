// Copies a text in one press. Without script there is no button: the text is selected by hand.
"use strict";
(() => {
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

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const status = button.parentElement.querySelector("[role=status]");
    const done = await copied(document.getElementById(button.dataset.copy));
    status.textContent = done ? status.dataset.done : status.dataset.failed;
  });
  document.addEventListener("htmx:afterSettle", offer);
  offer();
})();
