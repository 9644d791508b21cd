"use strict";
// Without script the page is complete; with it the part that moves is fetched again when the server says that it has.
const live = document.getElementById("live");
if (live && window.EventSource) {
  const stream = new EventSource("/stream");
  let busy = false;
  stream.addEventListener("look", async () => {
    if (busy || document.hidden || live.contains(document.activeElement) && document.activeElement !== live) return;
    busy = true;
    try {
      const answer = await fetch(location.href, { headers: { "X-Relais-Live": "1" }, credentials: "same-origin" });
      if (answer.redirected || !answer.ok) { location.reload(); return; }
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const id of ["live"]) document.getElementById(id).replaceChildren(...fresh.getElementById(id).childNodes);
      document.querySelector("[role=status]").textContent = fresh.querySelector("[role=status]").textContent;
    } catch { /* the next look tries again; the page says how old it is */ } finally { busy = false; }
  });
}
