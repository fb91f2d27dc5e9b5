// A sound for each new alarm: a row with data-alarm that was not there before. It is made here, two
// falling tones. Whether this browser sounds is remembered in it; browsers let no page sound before
// somebody has pressed something, so the button says "on" until they do.
"use strict";
(() => {
  const button = document.getElementById("sound");
  const Audio = window.AudioContext || window.webkitAudioContext;
  if (!button || !Audio) return;
  const KEY = "budkavle-sound";
  const TONES = [[880, 0], [660, 0.28], [880, 0.9], [660, 1.18]];
  const LENGTH = 0.24;
  const LOUD = 0.25;
  let context = null;

  function wanted() {
    try { return localStorage.getItem(KEY); } catch { return null; }
  }

  function remember(choice) {
    try { localStorage.setItem(KEY, choice); } catch { /* forgotten with the page */ }
  }

  const sounds = () => wanted() === "on" && context?.state === "running";

  function show() {
    const on = sounds();
    button.textContent = on ? button.dataset.off : button.dataset.on;
    // "blocked": wanted, but not let yet. "": nobody has chosen.
    button.dataset.state = on ? "on" : wanted() === "on" ? "blocked" : wanted() || "";
    button.hidden = false;
  }

  async function wake() {
    if (!context) {
      context = new Audio();
      context.addEventListener("statechange", show);
    }
    // Blocked, this waits for a press that may never come: nobody waits for it.
    if (context.state !== "running") await context.resume();
  }

  function play() {
    for (const [pitch, after] of TONES) {
      const start = context.currentTime + after;
      const tone = context.createOscillator();
      const volume = context.createGain();
      tone.frequency.value = pitch;
      volume.gain.setValueAtTime(0, start);
      volume.gain.linearRampToValueAtTime(LOUD, start + 0.02);
      volume.gain.setValueAtTime(LOUD, start + LENGTH - 0.06);
      volume.gain.linearRampToValueAtTime(0, start + LENGTH);
      tone.connect(volume).connect(context.destination);
      tone.start(start);
      tone.stop(start + LENGTH);
    }
    document.dispatchEvent(new Event("budkavle:sounded"));
  }

  button.addEventListener("click", async () => {
    if (sounds()) {
      remember("off");
    } else {
      remember("on");
      await wake();
      play();
    }
    show();
  });

  const alarms = () => new Set(
    [...document.querySelectorAll("[data-alarm]")].map((row) => row.dataset.alarm),
  );
  let known = alarms();

  document.addEventListener("budkavle:swapped", () => {
    const now = alarms();
    const fresh = [...now].some((alarm) => !known.has(alarm));
    known = now;
    if (fresh && sounds()) play();
  });

  if (wanted() === "on") wake();
  show();
})();
