// Ticks tasks where a note is read: each box tells its place and its words, so that the right line is found.
class HearthTasks extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form");
    this.last = Promise.resolve();
    this.boxes().forEach((box, number) => {
      box.disabled = false;
      // One after the other: each is a change of the same text.
      box.addEventListener("change", () => {
        this.last = this.last.then(() => this.send(box, number)).catch((error) => this.refuse(box, error));
      });
    });
  }

  // Those of notes that are shown within this one have their lines elsewhere.
  boxes() {
    const within = this.closest(".note").querySelector(".prose").querySelectorAll(
      "li.task-list-item > label:first-child > input:first-child, li.task-list-item > p:first-child > label:first-child > input:first-child",
    );
    return [...within].filter((box) => !box.closest(".transclusion"));
  }

  async send(box, number) {
    const wanted = box.checked;
    this.dispatchEvent(new CustomEvent("hearth:own", { bubbles: true }));
    this.form.elements.task.value = number;
    this.form.elements.words.value = box.closest("label").textContent.replace(/\s+/g, " ").trim();
    this.form.elements.done.value = wanted ? "1" : "";
    const answer = await fetch(this.form.action, {
      method: "POST", body: new URLSearchParams(new FormData(this.form)), headers: { "HX-Request": "true" }, redirect: "error",
    });
    this.dispatchEvent(new CustomEvent("hearth:own", { bubbles: true }));
    if (!answer.ok) throw new Error(this.sentenceOf(await answer.text()));
    document.getElementById("toasts").innerHTML = await answer.text();
  }

  sentenceOf(html) { return new DOMParser().parseFromString(html, "text/html").querySelector("h1 + p")?.textContent; }

  refuse(box, error) {
    box.checked = !box.checked;
    // A request that never arrived has no sentence of the server's.
    tellTrouble(error instanceof TypeError ? troubles().gone : error.message || troubles().broken);
  }
}
customElements.define("hearth-tasks", HearthTasks);
