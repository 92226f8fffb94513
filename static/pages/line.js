// A line for the log goes into the outbox first: it is safe before the house answers, and waits below if it does not.
class HearthLine extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form");
    this.field = this.form.elements.text;
    this.list = this.querySelector(".lines-waiting");
    this.form.addEventListener("submit", (event) => this.write(event));
    HearthOutbox.watch(() => this.draw());
    this.draw();
  }

  async write(event) {
    const text = this.field.value, { owner, day } = this.dataset;
    if (this.busy) event.preventDefault();
    // The house says what is missing.
    if (this.busy || !text.trim()) return;
    event.preventDefault();
    this.busy = true;
    const id = HearthOutbox.newId();
    try {
      await HearthOutbox.put({ id, to: "day", owner, fields: { text, on: day } });
    } catch {
      this.form.submit();
      return;
    }
    this.field.value = "";
    await HearthOutbox.send(document.body.dataset.baseHref);
    await this.arrive(id, owner);
    this.busy = false;
  }

  async arrive(id, owner) {
    const item = (await HearthOutbox.all(owner)).find((each) => each.id === id);
    if (item?.state === "waiting") return;
    if (item) await HearthOutbox.remove(id);
    if (item?.state === "failed") this.refuse(item);
    else location.assign(document.body.dataset.baseHref + this.form.elements.back.value.slice(1));
  }

  refuse(item) {
    const told = this.querySelector("#line-error") ?? this.appendChild(Object.assign(document.createElement("p"), { id: "line-error", className: "field-note error", role: "alert" }));
    this.field.value = item.fields.text;
    this.field.setAttribute("aria-invalid", "true");
    this.field.setAttribute("aria-describedby", "line-error");
    told.textContent = item.problem;
  }

  async draw() {
    const items = (await HearthOutbox.all(this.dataset.owner).catch(() => [])).filter((item) => item.to === "day" && item.state !== "sent");
    this.list.hidden = !items.length;
    this.list.replaceChildren(...items.map((item) => {
      const row = this.querySelector("template").content.firstElementChild.cloneNode(true);
      row.querySelector("span").textContent = item.fields.text;
      return row;
    }));
  }
}
customElements.define("hearth-line", HearthLine);
