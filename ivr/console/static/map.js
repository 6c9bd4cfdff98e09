// The map of calls: a box that finds steps by their name or by what is said there.
"use strict";

(() => {
  const again = document.querySelector("[data-again]");
  if (again) window.setTimeout(() => window.location.reload(), 1000 * Number(again.dataset.again));

  const printing = document.querySelector("[data-print]");
  if (printing) {
    printing.hidden = false;
    printing.addEventListener("click", () => window.print());
  }

  const search = document.querySelector("[data-search]");
  if (!search) return;
  search.hidden = false;
  const box = search.querySelector("input");
  const found = search.querySelector("[data-found]");
  const plain = (text) => text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
  const steps = [...document.querySelectorAll("svg .place")].map((step) => ({
    step,
    text: plain(step.querySelector("title").textContent),
  }));
  const rows = [...document.querySelectorAll("tr[data-place]")].map((row) => ({ row, text: plain(row.textContent) }));

  const look = () => {
    const words = plain(box.value).split(/\s+/).filter(Boolean);
    const fits = (text) => words.every((word) => text.includes(word));
    let count = 0;
    for (const { step, text } of steps) {
      const hit = words.length > 0 && fits(text);
      count += hit;
      step.classList.toggle("hit", hit);
      step.classList.toggle("miss", words.length > 0 && !hit);
    }
    for (const { row, text } of rows) row.hidden = !fits(text);
    for (const flow of document.querySelectorAll(".flow")) {
      flow.hidden = words.length > 0 && !flow.querySelector(".hit");
    }
    found.textContent = words.length ? `${count} ${count === 1 ? "paso calza" : "pasos calzan"}` : "";
  };

  // What is found is brought into sight: the picture may be wider than the page.
  const show = () => {
    const hit = document.querySelector("svg .hit");
    if (hit) hit.scrollIntoView({ block: "center", inline: "center" });
  };

  box.addEventListener("input", look);
  box.addEventListener("keydown", (event) => {
    if (event.key === "Enter") show();
  });
})();
