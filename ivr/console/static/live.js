// Live pages. The stream says that something changed; the page then fetches what. Without a stream it asks
// every ten seconds.
//
// <section data-live="desk" data-src="/console/…" data-known="word">: fetched anew on each `desk` (or `board`) event
// with another word. The fragment replaces what is inside. A form with data-keep in which somebody has written is
// never replaced: it stays where its like is, or below.
"use strict";

(() => {
  const body = document.body;
  const POLL = 10000;
  const told = {};
  let polling = null;

  const differs = (field) => {
    if (field.type === "hidden" || field.type === "submit") return false;
    if (field.type === "radio" || field.type === "checkbox") return field.checked !== field.defaultChecked;
    if (field.tagName === "SELECT") return [...field.options].some((each) => each.defaultSelected && !each.selected);
    return "defaultValue" in field && field.value !== field.defaultValue;
  };

  const written = (form) => [...form.elements].some(differs);

  const keepForms = (section) =>
    [...section.querySelectorAll("form[data-keep]")].filter((form) => written(form));

  const refresh = async (section) => {
    if (section.dataset.busy) {
      section.dataset.again = "yes";
      return;
    }
    section.dataset.busy = "yes";
    section.fetched = performance.now();
    try {
      const answer = await fetch(section.dataset.src, { headers: { "X-Requested-With": "fetch" } });
      if (answer.status === 401) return window.location.reload();
      if (!answer.ok) return undefined;
      const fresh = document.createElement("template");
      fresh.innerHTML = await answer.text();
      place(section, fresh.content);
    } catch {
      // The network is away: the next event or poll tries again.
    } finally {
      delete section.dataset.busy;
      if (section.dataset.again) {
        delete section.dataset.again;
        refresh(section);
      }
    }
    return undefined;
  };

  // What rings stands in the window's title too.
  const plain = document.title;
  const entitle = (section) => {
    const title = section.querySelector("[data-title]")?.dataset.title;
    if (section.dataset.live.includes("desk")) document.title = title ? `${title} · ${plain}` : plain;
  };

  const place = (section, content) => {
    const focused = section.contains(document.activeElement) ? document.activeElement.id : "";
    const open = new Set([...section.querySelectorAll("details[open][id]")].map((each) => each.id));
    const playing = [...section.querySelectorAll("audio")].some((player) => !player.paused);
    if (playing) return setTimeout(() => refresh(section), 2000);
    for (const form of keepForms(section)) {
      const twin = content.querySelector(`form[data-keep="${CSS.escape(form.dataset.keep)}"]`);
      if (twin) twin.replaceWith(form);
      else {
        form.classList.add("left-over");
        content.append(form);
      }
    }
    section.replaceChildren(content);
    entitle(section);
    for (const each of section.querySelectorAll("details[id]")) if (open.has(each.id)) each.open = true;
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
    return undefined;
  };

  // A desk is fetched at once; a board at most every second, however much happens.
  const soon = (section, kind) => {
    if (kind === "desk") return refresh(section);
    section.planned ??= setTimeout(() => {
      section.planned = null;
      refresh(section);
    }, Math.max(0, 1000 - (performance.now() - (section.fetched ?? -1000))));
    return undefined;
  };

  // `known`: the word of what a section shows since the page was loaded.
  const changed = (kind, word) => {
    for (const section of document.querySelectorAll(`[data-live~="${kind}"]`)) {
      if (section.dataset.known !== word) soon(section, kind);
      section.dataset.known = word;
    }
    if (kind === "desk") announce();
  };

  // On any other page than the desk: a line that the agent's telephone rings.
  const announce = async () => {
    const line = document.querySelector("[data-incoming]");
    if (!line) return;
    const answer = await fetch(body.dataset.word);
    if (answer.ok) line.hidden = (await answer.json()).presence !== "ringing";
  };

  const tell = (kind, word) => {
    if (told[kind] === word) return;
    told[kind] = word;
    changed(kind, word);
  };

  const ask = async () => {
    try {
      const answer = await fetch(body.dataset.word);
      if (!answer.ok) return;
      const now = await answer.json();
      tell("desk", now.desk);
      tell("board", now.board);
    } catch {
      // Tried again.
    }
  };

  const connected = (yes) => {
    body.dataset.stream = yes ? "open" : "away";
    if (yes && polling) polling = clearInterval(polling) ?? null;
    if (!yes && !polling) polling = setInterval(ask, POLL);
  };

  for (const section of document.querySelectorAll("[data-every]"))
    setInterval(() => refresh(section), Number(section.dataset.every) * 1000);

  if (window.EventSource) {
    const stream = new EventSource(body.dataset.events);
    stream.onopen = () => connected(true);
    stream.onerror = () => connected(false);
    for (const kind of ["desk", "board"])
      stream.addEventListener(kind, (event) => tell(kind, event.data));
  } else connected(false);
})();
