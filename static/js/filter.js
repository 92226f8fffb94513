// A field that narrows what is on the page as one types; without this its form asks the server for the same.
for (const field of document.querySelectorAll("input[data-filters]")) {
  const place = document.getElementById(field.dataset.filters);
  const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const items = [...place.querySelectorAll("[data-findable]")].map((item) => {
    const words = item.querySelector(".setting-words").textContent + " " + (item.querySelector(".shown")?.textContent ?? "");
    return [item, plain(words)];
  });
  field.addEventListener("input", () => {
    const wanted = plain(field.value).split(/\s+/);
    for (const [item, text] of items) item.hidden = !wanted.every((word) => text.includes(word));
    for (const group of place.querySelectorAll("section")) group.hidden = !group.querySelector("[data-findable]:not([hidden])");
    place.querySelector("[data-nothing]").hidden = items.some(([item]) => !item.hidden);
  });
  field.form.addEventListener("submit", (event) => event.preventDefault());
}
