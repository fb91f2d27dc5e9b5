// The clock in the band and every time left, ticking from the server's time.
"use strict";
(() => {
  const body = document.body;
  const words = body.dataset;
  const offset = Date.parse(words.now) - Date.now();
  const stockholm = new Intl.DateTimeFormat("sv-SE", {
    timeZone: "Europe/Stockholm", hour: "2-digit", minute: "2-digit", second: "2-digit",
  });
  const NEAR = 600;

  const now = () => Date.now() + offset;

  function clock(time, seconds) {
    const text = stockholm.format(time).replaceAll(":", ".");
    return seconds ? text : text.slice(0, 5);
  }

  // The same rule as console.web.filters.span_parts: whole units, two at most.
  function parts(seconds) {
    const minutes = Math.floor(seconds / 60), hours = Math.floor(seconds / 3600);
    const days = Math.floor(seconds / 86400);
    if (minutes === 0) return [[seconds, words.second]];
    if (hours === 0) return [[minutes, words.minute]];
    const two = days === 0
      ? [[hours, words.hour], [minutes % 60, words.minute]]
      : [[days, days === 1 ? words.day : words.days], [hours % 24, words.hour]];
    return two.filter(([number]) => number > 0);
  }

  function draw(element, seconds) {
    const wanted = parts(Math.floor(Math.abs(seconds)));
    const text = wanted.map(([number, unit]) => `${number} ${unit}`).join(" ");
    if (element.dataset.shown === text) return;
    element.dataset.shown = text;
    element.replaceChildren(...wanted.flatMap(([number, unit], index) => {
      const bold = document.createElement("b");
      bold.textContent = number;
      return [index ? " " : "", bold, ` ${unit}`];
    }));
  }

  let last = now();

  function tick() {
    const time = now();
    for (const element of document.querySelectorAll("[data-clock]")) {
      element.textContent = clock(time, element.dataset.clock === "seconds");
    }
    let crossed = false;
    for (const element of document.querySelectorAll("[data-due]")) {
      const due = Date.parse(element.dataset.due);
      draw(element, (due - time) / 1000);
      for (const line of [due, due - NEAR * 1000]) crossed ||= last < line && line <= time;
    }
    last = time;
    // Near and late look different, and only the server draws them.
    if (crossed) document.dispatchEvent(new Event("budkavle:crossed"));
    setTimeout(tick, 1000 - (now() % 1000));
  }

  window.budkavle = { now, clock };
  tick();
})();
