"use strict";
// Searches as one types, and moves through the hits by keyboard. Without it the form does the rest.
const input = document.getElementById("q");
const results = document.getElementById("results");
document.documentElement.classList.add("scripted");

let waiting = 0;
let request = null;

async function search() {
  request?.abort();
  request = new AbortController();
  const asked = new URLSearchParams({ q: input.value }).toString();
  try {
    const response = await fetch("/results?" + asked, { signal: request.signal });
    if (!response.ok) return;
    // The server has escaped all of it.
    results.innerHTML = await response.text();
    history.replaceState(null, "", input.value.trim() ? "/?" + asked : "/");
    document.title = (input.value.trim() ? input.value.trim() + " · " : "") + "Search";
  } catch (error) {
    if (error.name !== "AbortError") {
      const lost = document.createElement("p");
      lost.className = "status";
      lost.textContent = "The server does not answer.";
      results.replaceChildren(lost);
    }
  }
}

input.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(search, 60);
});

input.form.addEventListener("submit", async (event) => {
  event.preventDefault();
  clearTimeout(waiting);
  await search();
  results.querySelector(".hit")?.focus();
});

document.addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey || event.isComposing) return;
  const hits = [...results.querySelectorAll("a")];
  const at = hits.indexOf(document.activeElement);
  if (event.key === "ArrowDown" && hits.length > 0) {
    hits[Math.min(at + 1, hits.length - 1)].focus();
  } else if (event.key === "ArrowUp" && at >= 0) {
    (at === 0 ? input : hits[at - 1]).focus();
  } else if ((event.key === "/" && document.activeElement !== input) ||
             (event.key === "Escape" && at >= 0)) {
    input.focus();
    input.select();
  } else {
    return;
  }
  event.preventDefault();
});
