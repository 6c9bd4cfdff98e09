// Photographs: made small on the telephone, and sent as soon as they are chosen. Without this script they
// leave with the form.
"use strict";

(() => {
  const LONGEST_EDGE = 1600;

  // A camera's picture in a few hundred kilobytes, upright, and without the place where it was taken.
  const small = async (file) => {
    try {
      const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
      const scale = Math.min(1, LONGEST_EDGE / Math.max(picture.width, picture.height));
      const canvas = document.createElement("canvas");
      canvas.width = Math.round(picture.width * scale);
      canvas.height = Math.round(picture.height * scale);
      canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
      const made = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.82));
      return made ?? file;
    } catch {
      return file; // No picture that this browser knows: the server says so.
    }
  };

  const send = async (place, action, fields) => {
    const body = new FormData();
    body.append("csrf_token", place.closest("form").elements.csrf_token.value);
    for (const [name, value] of fields) body.append(name, value, value instanceof Blob ? "photo.jpg" : undefined);
    const answer = await fetch(action, { method: "POST", body });
    if (answer.status === 401) window.location.reload();
    const shown = answer.headers.get("Content-Type")?.startsWith("text/html");
    if (shown) place.querySelector(".photos-kept").innerHTML = await answer.text();
    if (!answer.ok && !shown) throw new Error(`${answer.status}`);
    return answer.ok;
  };

  const tell = (place, words) => {
    const line = place.querySelector(".hint");
    line.dataset.usual ??= line.textContent;
    line.textContent = words || line.dataset.usual;
  };

  const take = async (input) => {
    const place = input.closest("[data-photos]");
    place.dataset.busy = "yes";
    try {
      for (const [index, file] of [...input.files].entries()) {
        tell(place, `Guardando la foto ${index + 1} de ${input.files.length}…`);
        if (!(await send(place, place.dataset.photos, [["photo", await small(file)]]))) break;
      }
      input.value = "";
      tell(place, "");
    } catch {
      tell(place, "Sin conexión: la foto se enviará al guardar la inspección.");
    } finally {
      delete place.dataset.busy;
    }
  };

  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-photos] input[type=file]")) take(event.target);
  });

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-remove-photo]");
    if (!button) return;
    const place = button.closest("[data-photos]");
    try {
      await send(place, button.dataset.action, [["photo", button.dataset.removePhoto]]);
      place.querySelector("input").focus();
    } catch {
      tell(place, "Sin conexión: la foto no se quitó.");
    }
  });
})();
