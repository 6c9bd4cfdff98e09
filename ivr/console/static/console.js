// What every page does: closes its menu, counts the seconds, and asks before text is thrown away.
"use strict";

(() => {
  const clock = (seconds) => {
    const whole = Math.max(0, Math.floor(seconds));
    const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
    const two = (number) => String(number).padStart(2, "0");
    return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
  };

  // <time data-since="seconds since 1970">: the server's clock may differ from this machine's, so what the
  // server wrote is what it starts from.
  const read = (text) => text.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
  const tick = () => {
    for (const element of document.querySelectorAll("[data-since]")) {
      element.began ??= performance.now() - read(element.textContent.trim()) * 1000;
      element.textContent = clock((performance.now() - element.began) / 1000);
    }
  };
  setInterval(tick, 1000);

  document.addEventListener("keydown", (event) => {
    const menu = document.querySelector("details.menu[open]");
    if (event.key === "Escape" && menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });

  // <form data-confirm="question">: asked before it is sent.
  document.addEventListener("submit", (event) => {
    const question = event.target.dataset.confirm;
    if (question && !window.confirm(question)) event.preventDefault();
  });

  // A form is sent once, however often its button is pressed.
  document.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return;
    if (event.target.dataset.sent) event.preventDefault();
    event.target.dataset.sent = "yes";
  });
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  });

  // <select data-submits>: a choice that is sent as soon as it is made.
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-submits]")) event.target.form.requestSubmit();
  });
})();
