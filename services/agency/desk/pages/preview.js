"use strict";
// Without script the button "Check before sending" tells the same. Nothing is stored: the server answers and forgets.
const sheet = document.getElementById("sheet"), preview = document.getElementById("preview");
if (sheet) { // what is written is in this page alone: whoever leaves it is asked
  let unsent = !preview || "begun" in sheet.dataset;
  sheet.addEventListener("input", () => { unsent = true; });
  addEventListener("submit", () => { unsent = false; });
  addEventListener("beforeunload", (leaving) => { if (unsent) leaving.preventDefault(); });
}
if (sheet && preview) {
  sheet.noValidate = false; // half a date would be sent as none: the browser says so, in an open part
  sheet.addEventListener("invalid", ({ target }) => { target.closest("details")?.setAttribute("open", ""); }, true);
  let waiting = 0, asked = 0;
  const look = async () => {
    const mine = ++asked, fields = new URLSearchParams(new FormData(sheet));
    fields.set("do", "preview");
    try {
      const answer = await fetch(sheet.action, {
        method: "POST", body: fields, credentials: "same-origin", cache: "no-store", redirect: "error",
      });
      const told = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("verdict");
      if (!told || mine !== asked) return;
      preview.replaceChildren(...told.childNodes);
      preview.hidden = false;
    } catch { /* the button tells it */ }
  };
  sheet.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(look, 1200); });
}
