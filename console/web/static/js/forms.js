// Faults first: a page that came back with faults puts the reader at the list of them.
"use strict";
document.querySelector("[data-focus]")?.focus();
