// A folder or a ZIP can be dropped. Without script, files are chosen (or dropped) in the field itself.
"use strict";
(() => {
  const drop = document.getElementById("drop");
  const field = drop.querySelector("input[type=file]");
  const got = drop.querySelector(".drop-got");

  function tell() {
    const n = field.files.length;
    got.textContent = n === 0 ? "" : n === 1 ? got.dataset.one : got.dataset.many.replace("{n}", n);
  }

  // Every file below an entry of a dropped folder, with its name from the folder down.
  async function below(entry, path = "") {
    if (entry.isFile) {
      const file = await new Promise((done, failed) => entry.file(done, failed));
      return [new File([file], path + file.name)];
    }
    const reader = entry.createReader();
    const found = [];
    for (;;) {
      const some = await new Promise((done, failed) => reader.readEntries(done, failed));
      if (some.length === 0) return found;
      for (const one of some) found.push(...(await below(one, `${path}${entry.name}/`)));
    }
  }

  drop.addEventListener("dragover", (event) => event.preventDefault());
  drop.addEventListener("drop", async (event) => {
    event.preventDefault();
    const entries = [...event.dataTransfer.items].map((one) => one.webkitGetAsEntry()).filter(Boolean);
    const files = [...event.dataTransfer.files];
    const chosen = new DataTransfer();
    const found = entries.length ? (await Promise.all(entries.map((one) => below(one)))).flat() : files;
    for (const file of found) chosen.items.add(file);
    field.files = chosen.files;
    tell();
  });
  field.addEventListener("change", tell);
})();
