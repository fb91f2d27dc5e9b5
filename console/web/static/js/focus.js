// What has the focus may be drawn anew under the reader: the same link or button gets it back, so
// that nobody who works by keyboard is thrown to the top of the page. If it is gone for good, the
// part of the page that it stood in gets it.
"use strict";
(() => {
  let last;

  function known(element) {
    const { tagName, name, value } = element;
    const href = element.getAttribute("href");
    return JSON.stringify([tagName, href ?? [name, value, element.textContent.trim()]]);
  }

  document.addEventListener("focusin", ({ target }) => {
    last = { element: target, known: known(target), id: target.parentElement?.closest("[id]")?.id };
  });

  const lost = () => last && !last.element.isConnected && document.activeElement === document.body;
  const home = () => last.id && document.getElementById(last.id);

  function giveBack() {
    if (!lost()) return;
    const same = [...(home() || document).querySelectorAll(last.element.tagName)];
    same.find((element) => known(element) === last.known)?.focus({ preventScroll: true });
  }

  // Several parts may be drawn at once, and the last may hold it: gone is what the next frame lacks.
  function leaveInPlace() {
    giveBack();
    if (!lost() || !home()) return;
    home().tabIndex = -1;
    home().focus({ preventScroll: true });
  }

  for (const swap of ["htmx:afterSwap", "htmx:oobAfterSwap", "budkavle:swapped"]) {
    document.addEventListener(swap, () => {
      giveBack();
      requestAnimationFrame(leaveInPlace);
    });
  }
})();
