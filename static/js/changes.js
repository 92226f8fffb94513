// A record's changes elsewhere, while the page can be seen. Browsers keep few connections open to one server, so a
// page in the background lets go of its own.
class RecordChanges {
  constructor(address, version, tell) {
    this.address = address;
    this.version = version;
    this.tell = tell;
    this.onSight = () => (document.visibilityState === "visible" ? this.open() : this.rest());
    document.addEventListener("visibilitychange", this.onSight);
    this.onSight();
  }

  open() {
    if (this.source) return;
    this.source = new EventSource(`${this.address}?version=${this.version()}`);
    this.source.addEventListener("changed", (event) => this.tell(Number(event.data)));
  }

  rest() {
    this.source?.close();
    this.source = null;
  }

  close() {
    document.removeEventListener("visibilitychange", this.onSight);
    this.rest();
  }
}
