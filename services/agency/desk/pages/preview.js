"use strict";
// Without script the button "Check before sending" tells the same. Nothing is stored: the server answers and forgets.
const sheet = document.getElementById("sheet"), preview = document.getElementById("preview");
if (sheet && preview) {
  let waiting = 0, asked = 0;
  const look = async () => {
    const mine = ++asked, fields = new URLSearchParams(new FormData(sheet));
    fields.set("do", "preview");
    try {
      const answer = await fetch(sheet.action, {
        method: "POST", body: fields, credentials: "same-origin", cache: "no-store", redirect: "error",
      });
      if (!answer.ok || mine !== asked) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      preview.replaceChildren(...page.getElementById("verdict").childNodes);
      preview.hidden = false;
    } catch { /* the button tells it */ }
  };
  sheet.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(look, 1200); });
}
