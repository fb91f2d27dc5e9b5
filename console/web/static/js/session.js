// Thirty idle minutes end a session. The page warns, never leaves by itself, and sends no form
// that would only meet the login page: what has been typed stays.
// POST data-keep (with HX-Request) answers 200 and a fresh CSRF token, or 401.
"use strict";
(() => {
  const line = document.getElementById("idle");
  if (!line) return;
  const { keep, idleMinutes, idleWarning } = document.body.dataset;
  const LIMIT = Number(idleMinutes) * 60000;
  const WARN = Number(idleWarning) * 60000;
  const RENEW = 300000;
  const say = (text) => { line.querySelector("span").textContent = text; };
  let reached = Date.now();
  let asking = false;

  async function renew() {
    if (asking) return false;
    asking = true;
    try {
      const answer = await fetch(keep, {
        method: "POST", redirect: "error", headers: { "HX-Request": "true" },
      });
      if (!answer.ok) return false;
      const token = await answer.text();
      for (const input of document.querySelectorAll("input[name=csrf_token]")) input.value = token;
      reached = Date.now();
      line.hidden = true;
      return true;
    } catch {
      return false;
    } finally {
      asking = false;
    }
  }

  function look() {
    const left = reached + LIMIT - Date.now();
    const out = left <= 0;
    if (left > WARN) return;
    line.hidden = false;
    line.querySelector("button").hidden = out;
    say(out
      ? line.dataset.out
      : line.dataset.soon.replace("{t}", budkavle.clock(budkavle.now() + left, false)));
  }

  function active() {
    const idle = Date.now() - reached;
    if (idle > RENEW && idle < LIMIT) renew();
  }

  line.querySelector("button").addEventListener("click", renew);
  document.addEventListener("keydown", active);
  document.addEventListener("pointerdown", active);
  document.addEventListener("htmx:afterRequest", (event) => {
    const byPerson = !event.detail.elt.matches("[data-topic], [data-polls]");
    if (byPerson && event.detail.successful) reached = Date.now();
  });
  document.addEventListener("submit", async (event) => {
    if (Date.now() - reached < LIMIT) return;
    event.preventDefault();
    const { target: form, submitter } = event;
    if (await renew()) form.requestSubmit(submitter);
    else look();
  });
  setInterval(look, 5000);
})();
