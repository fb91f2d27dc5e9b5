// A button that prints the page. Without script the browser's own menu does it.
"use strict";
document.getElementById("print")?.addEventListener("click", () => print());
