// Drag over the axis to see only that time. Without script, the links beside it zoom.
"use strict";
(() => {
  const axis = document.getElementById("axis");
  if (!axis) return;
  const drawn = axis.querySelector(".axis-drawn");
  const { left, right, start, end } = axis.dataset;
  const [first, last] = [Date.parse(start), Date.parse(end)];
  let from = null;

  // Where the pointer is in the drawing's own units.
  function at(event) {
    const place = new DOMPoint(event.clientX, event.clientY);
    const { x } = place.matrixTransform(axis.getScreenCTM().inverse());
    return Math.min(Number(right), Math.max(Number(left), x));
  }

  function moment(x) {
    return new Date(first + ((x - left) / (right - left)) * (last - first)).toISOString();
  }

  axis.addEventListener("pointerdown", (event) => {
    if (event.button === 0 && event.pointerType === "mouse") from = at(event);
  });
  addEventListener("pointermove", (event) => {
    if (from === null) return;
    const to = at(event);
    drawn.setAttribute("x", Math.min(from, to));
    drawn.setAttribute("width", Math.abs(to - from));
  });
  addEventListener("pointerup", (event) => {
    if (from === null) return;
    const [low, high] = [from, at(event)].sort((a, b) => a - b);
    from = null;
    drawn.setAttribute("width", 0);
    if (high - low < 6) return; // a press, not a drag
    const url = new URL(location.href);
    url.searchParams.set("start", moment(low));
    url.searchParams.set("end", moment(high));
    url.searchParams.delete("before");
    url.hash = "";
    location.assign(url);
  });
  // A mark is a link, which the browser would else begin to drag away.
  axis.addEventListener("dragstart", (event) => event.preventDefault());
})();
