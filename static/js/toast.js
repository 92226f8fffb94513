// What was just done, with its Undo: goes by itself after ten seconds in which nobody is at it.
class HearthToast extends HTMLElement {
  connectedCallback() {
    const close = this.querySelector(".toast-close");
    close.hidden = false;
    close.addEventListener("click", () => this.remove());
    // A live region tells what is put into it, not what it came with.
    const sentence = this.querySelector("p");
    sentence.textContent = String(sentence.textContent);
    this.addEventListener("pointerenter", () => this.hold());
    this.addEventListener("pointerleave", () => this.leave());
    this.addEventListener("focusin", () => this.hold());
    this.addEventListener("focusout", () => this.leave());
    this.leave();
  }

  hold() { clearTimeout(this.timer); }

  leave() {
    this.hold();
    this.timer = setTimeout(() => {
      this.classList.add("leaving");
      setTimeout(() => this.remove(), 200);
    }, 10000);
  }
}
customElements.define("hearth-toast", HearthToast);
