// Links to a text in some form: where the browser lets a page write to its clipboard they are copied, else downloaded.
class HearthCopy extends HTMLElement {
  connectedCallback() {
    if (!navigator.clipboard?.write || !window.ClipboardItem) return;
    this.querySelectorAll("a[data-type]").forEach((link) => {
      link.setAttribute("role", "button");
      link.addEventListener("click", (event) => {
        // With a key held a link is a link.
        if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
        event.preventDefault();
        this.copy(link);
      });
      link.addEventListener("keydown", (event) => {
        if (event.key !== " ") return;
        event.preventDefault();
        link.click();
      });
    });
  }

  copy(link) {
    const text = this.fetched(link.href);
    const forms = { "text/plain": text.then((words) => new Blob([words], { type: "text/plain" })) };
    if (link.dataset.type === "text/html") forms["text/html"] = text.then((words) => new Blob([words], { type: "text/html" }));
    // Asked for within the click, filled when the answer comes: some browsers refuse it later.
    navigator.clipboard.write([new ClipboardItem(forms)])
      .then(() => this.say(this.dataset.copied), () => this.say(this.dataset.failed));
  }

  async fetched(href) {
    const answer = await fetch(href);
    if (!answer.ok) throw new Error(answer.statusText);
    return answer.text();
  }

  say(sentence) {
    const status = this.querySelector("[role=status]");
    status.textContent = sentence;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => { status.textContent = ""; }, 4000);
  }
}
customElements.define("hearth-copy", HearthCopy);
