// Live parts: "join" (topic) goes up, "hint" (topic) comes down, and htmx fetches the part again.
// A part with data-watch is sent down whole: "watch" (slug) goes up, "part" comes down.
// Either is fetched once the server has said that it is joined: fetched before, it would miss what
// changes in between.
// A page under a view link (data-view: its secret) has a namespace where nothing is asked for.
"use strict";
(() => {
  const live = [...document.querySelectorAll("[data-topic]")];
  if (live.length === 0) return;
  const lost = document.getElementById("lost");
  const title = document.title;
  const CHANGED_MS = 4000;
  const AGAIN_MS = 5000;
  const { view } = document.body.dataset;
  let contact = budkavle.now();

  const isSent = (element) => element.dataset.watch !== undefined;
  // A part names its own topic; what it has fetched may name others that it hangs on as well.
  const topicsOf = (element) => [
    element.dataset.topic,
    ...[...element.querySelectorAll("[data-also]")].flatMap((e) => e.dataset.also.split(" ")),
  ];
  const joined = new Set();

  function refetch(topic) {
    for (const element of live) {
      if (topic === undefined || topicsOf(element).includes(topic)) htmx.trigger(element, "hint");
    }
  }

  function join() {
    if (view) return;
    const fetched = live.filter((element) => !isSent(element));
    const fresh = new Set(fetched.flatMap(topicsOf).filter((topic) => !joined.has(topic)));
    let awaited = fresh.size;
    const answered = () => {
      awaited -= 1;
      if (awaited > 0) return;
      fetched.filter((element) => topicsOf(element).some((topic) => fresh.has(topic)))
        .forEach((element) => htmx.trigger(element, "hint"));
    };
    for (const topic of fresh) {
      joined.add(topic);
      socket.emit("join", topic, answered);
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

  const socket = view
    ? io("/view", { transports: ["websocket"], auth: { view } })
    : io({ transports: ["websocket"] });
  socket.on("connect", () => {
    heard();
    lost.hidden = true;
    joined.clear();
    join();
    for (const element of live.filter(isSent)) {
      socket.emit("watch", element.dataset.watch, () => htmx.trigger(element, "hint"));
    }
    if (view) refetch();
  });
  socket.on("part", ({ topic, body }) => {
    heard();
    const element = live.find((one) => isSent(one) && one.dataset.topic === topic);
    if (!element) return;
    before = rows(element);
    htmx.swap(element, body, { swapStyle: "innerHTML" });
    swapped(element);
  });
  socket.on("hint", (topic) => {
    heard();
    refetch(topic);
  });
  socket.io.on("ping", heard);
  socket.on("disconnect", showLost);
  socket.on("connect_error", showLost);

  // Nobody stands at a screen to load it anew: it tries again when it was turned away, and shows
  // that its link is gone as soon as the server says so.
  if (view) {
    const again = () => socket.active || setTimeout(() => socket.connect(), AGAIN_MS);
    socket.on("connect_error", again);
    socket.on("disconnect", () => { refetch(); again(); });
    document.addEventListener("htmx:responseError", (event) => {
      if (event.detail.xhr.status === 410) location.reload();
    });
  }

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

  function swapped(element) {
    markChanged(element);
    countAlarms();
    document.dispatchEvent(new Event("budkavle:swapped"));
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
    if (socket.connected) {
      lost.hidden = true;
      join();
    }
    swapped(event.detail.target);
  });
  document.addEventListener("htmx:sendError", showLost);
  document.addEventListener("budkavle:crossed", () => refetch());
  document.addEventListener("visibilitychange", () => document.hidden || refetch());
  countAlarms();
})();
