// Live parts: a hint over the socket makes htmx fetch the partial again.
// The socket carries no content: "join" (topic) goes up, "hint" (topic) comes down.
"use strict";
(() => {
  const live = [...document.querySelectorAll("[data-topic]")];
  if (live.length === 0) return;
  const lost = document.getElementById("lost");
  const title = document.title;
  const CHANGED_MS = 4000;
  let contact = budkavle.now();

  const topics = new Set(live.map((element) => element.dataset.topic));

  function refetch(topic) {
    for (const element of live) {
      if (topic === undefined || element.dataset.topic === topic) htmx.trigger(element, "hint");
    }
  }

  function heard() {
    contact = budkavle.now();
  }

  function showLost() {
    if (!lost.hidden) return;
    lost.querySelector("span").textContent =
      lost.dataset.text.replace("{t}", budkavle.clock(contact, true));
    lost.hidden = false;
  }

  const socket = io({ transports: ["websocket"] });
  socket.on("connect", () => {
    heard();
    lost.hidden = true;
    topics.forEach((topic) => socket.emit("join", topic));
    refetch();
  });
  socket.on("hint", (topic) => {
    heard();
    refetch(topic);
  });
  socket.io.on("ping", heard);
  socket.on("disconnect", showLost);
  socket.on("connect_error", showLost);

  // What has changed carries a bar for four seconds.
  const rows = (element) => new Map(
    [...element.querySelectorAll("[data-row]")].map((row) => [row.dataset.row, row.textContent]),
  );
  let before = new Map();

  function markChanged(element) {
    const changed = [...element.querySelectorAll("[data-row]")]
      .filter((row) => before.get(row.dataset.row) !== row.textContent);
    changed.forEach((row) => row.classList.add("is-changed"));
    setTimeout(() => changed.forEach((row) => row.classList.remove("is-changed")), CHANGED_MS);
  }

  function countAlarms() {
    const board = document.querySelector("[data-alarms]");
    const alarms = board ? Number(board.dataset.alarms) : 0;
    document.title = alarms ? `(${alarms}) ${title}` : title;
  }

  document.addEventListener("htmx:beforeSwap", (event) => {
    if (live.includes(event.detail.target)) before = rows(event.detail.target);
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (!live.includes(event.detail.target)) return;
    heard();
    if (socket.connected) lost.hidden = true;
    markChanged(event.detail.target);
    countAlarms();
  });
  document.addEventListener("htmx:sendError", showLost);
  document.addEventListener("budkavle:crossed", () => refetch());
  document.addEventListener("visibilitychange", () => document.hidden || refetch());
  countAlarms();
})();
