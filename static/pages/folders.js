// Dragging a folder: onto another it goes in, onto its upper edge it goes before it. The page's own form sends it.
{
  const tree = document.getElementById("folders");
  const form = document.getElementById("folder-move");
  let carried = null;
  let place = null;

  const clear = () => {
    for (const item of tree.querySelectorAll(".into, .above")) item.classList.remove("into", "above");
    place = null;
  };
  const aim = (event) => {
    const item = event.target.closest(".folder");
    if (!carried || !item || carried.contains(item)) return null;
    const row = item.querySelector(".folder-row").getBoundingClientRect();
    const above = event.clientY < row.top + row.height / 3;
    // What came with the house stays at the top.
    if ("stays" in carried.dataset && !(above && item.dataset.parent === "")) return null;
    return { item, above };
  };
  tree.addEventListener("dragstart", (event) => {
    carried = event.target.closest(".folder");
    if (!carried) return;
    carried.classList.add("carried");
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", carried.querySelector(".folder-name").textContent.trim());
  });
  tree.addEventListener("dragover", (event) => {
    clear();
    place = aim(event);
    if (!place) return;
    event.preventDefault();
    place.item.classList.add(place.above ? "above" : "into");
  });
  tree.addEventListener("drop", (event) => {
    if (!place) return;
    event.preventDefault();
    form.action = carried.dataset.move;
    form.elements.parent.value = place.above ? place.item.dataset.parent : place.item.dataset.folder;
    form.elements.before.value = place.above ? place.item.dataset.folder : "";
    form.requestSubmit();
  });
  tree.addEventListener("dragend", () => {
    carried?.classList.remove("carried");
    carried = null;
    clear();
  });
}
