// Bringing things in: what is dropped or chosen is sent in parts, and goes on where the server says it stopped.
// Loose files and folders become one archive on the way (stored, not compressed), read as it is sent.
{
  const SLICE = 1 << 20;
  const MOST_FILES = 65535;
  const MOST_BYTES = 0xffffffff;
  const TOOLS = ["node_modules", "__MACOSX", "__pycache__", "$RECYCLE.BIN"];
  const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
    for (let bit = 0; bit < 8; bit += 1) n = n & 1 ? (n >>> 1) ^ 0xedb88320 : n >>> 1;
    return n;
  });
  const crc32 = (bytes, before = 0) => {
    let crc = ~before;
    for (let at = 0; at < bytes.length; at += 1) crc = (crc >>> 8) ^ TABLE[(crc ^ bytes[at]) & 0xff];
    return ~crc >>> 0;
  };
  const encode = (text) => new TextEncoder().encode(text);

  // Fields of a zip's records: [bytes, value] each, little endian.
  const record = (fields, ...tails) => {
    const size = fields.reduce((sum, [bytes]) => sum + bytes, 0);
    const all = new Uint8Array(size + tails.reduce((sum, tail) => sum + tail.length, 0));
    const view = new DataView(all.buffer);
    let at = 0;
    for (const [bytes, value] of fields) {
      if (bytes === 2) view.setUint16(at, value, true); else view.setUint32(at, value, true);
      at += bytes;
    }
    for (const tail of tails) { all.set(tail, at); at += tail.length; }
    return all;
  };
  const dosTime = (moment) => {
    const day = new Date(moment);
    if (day.getFullYear() < 1980 || day.getFullYear() > 2107) return [0, 33];
    return [day.getHours() << 11 | day.getMinutes() << 5 | day.getSeconds() >> 1, day.getFullYear() - 1980 << 9 | day.getMonth() + 1 << 5 | day.getDate()];
  };
  // Names are UTF-8 (0x800), sizes and checksum follow the file (0x8), and it is of Unix, where \ is no separator.
  async function* archive(files) {
    const entries = [];
    let at = 0;
    for (const { path, file } of files) {
      const name = encode(path), [time, date] = dosTime(file.lastModified);
      yield record([[4, 0x04034b50], [2, 20], [2, 0x808], [2, 0], [2, time], [2, date], [4, 0], [4, 0], [4, 0], [2, name.length], [2, 0]], name);
      let crc = 0;
      for await (const bytes of slices(file, 0)) { crc = crc32(bytes, crc); yield bytes; }
      yield record([[4, 0x08074b50], [4, crc], [4, file.size], [4, file.size]]);
      entries.push(record([[4, 0x02014b50], [2, 0x314], [2, 20], [2, 0x808], [2, 0], [2, time], [2, date], [4, crc], [4, file.size], [4, file.size], [2, name.length], [2, 0], [2, 0], [2, 0], [2, 0], [4, 0], [4, at]], name));
      at += 46 + name.length + file.size;
    }
    yield* entries;
    const length = entries.reduce((sum, entry) => sum + entry.length, 0);
    yield record([[4, 0x06054b50], [2, 0], [2, 0], [2, files.length], [2, files.length], [4, length], [4, at], [2, 0]]);
  }
  async function* slices(file, from) {
    for (let at = from; at < file.size; at += SLICE) yield new Uint8Array(await file.slice(at, at + SLICE).arrayBuffer());
  }
  async function* skipping(pieces, bytes) {
    for await (const piece of pieces) {
      if (bytes < piece.length) yield piece.subarray(bytes);
      bytes = Math.max(0, bytes - piece.length);
    }
  }

  const isTools = (path) => {
    const parts = path.split("/"), name = parts.pop();
    return parts.some((part) => /^\.\w/.test(part) || TOOLS.includes(part)) || (/^\.\w/.test(name) && !/\.md$/i.test(name));
  };
  const print = (files) => crc32(encode(files.map(({ path, file }) => `${path}\0${file.size}\0${file.lastModified}`).join("\n"))).toString(16);
  const sourceOfZip = ({ path, file }) => ({
    name: file.name, size: file.size, fingerprint: `zip-${file.size}-${print([{ path, file }])}`, pieces: (from) => slices(file, from),
  });
  const sourceOfFiles = (files, words) => {
    files.sort((a, b) => (a.path < b.path ? -1 : 1));
    const size = files.reduce((sum, { path, file }) => sum + 92 + 2 * encode(path).length + file.size, 22);
    const tops = new Set(files.map(({ path }) => (path.includes("/") ? path.split("/")[0] : "")));
    const [top] = tops;
    const name = tops.size === 1 && top ? top : files.length === 1 ? files[0].file.name : words.replace("{count}", files.length);
    return { name, size, count: files.length, fingerprint: `files-${size}-${print(files)}`, pieces: (from) => skipping(archive(files), from) };
  };
  const sourcesOf = (found, words) => {
    const files = found.filter(({ path }) => !isTools(path));
    const zips = files.filter(({ path }) => path.toLowerCase().endsWith(".zip") && !path.includes("/"));
    const loose = files.filter((each) => !zips.includes(each));
    return [...zips.map(sourceOfZip), ...(loose.length ? [sourceOfFiles(loose, words)] : [])];
  };

  const asked = (ask) => new Promise((resolve, reject) => ask(resolve, reject));
  const walk = async (entry, above = "") => {
    const path = above + entry.name;
    if (entry.isFile) return [{ path, file: await asked((yes, no) => entry.file(yes, no)) }];
    if (isTools(`${path}/-`)) return [];
    const reader = entry.createReader(), found = [];
    for (let some = [null]; some.length;) {
      some = await asked((yes, no) => reader.readEntries(yes, no));
      for (const each of some) found.push(...await walk(each, `${path}/`));
    }
    return found;
  };
  // Entries have to be taken before anything is waited for: the drop is over after that.
  const dropped = async (transfer) => {
    const items = [...transfer.items].filter((item) => item.kind === "file");
    const taken = items.map((item) => item.webkitGetAsEntry?.() ?? item.getAsFile());
    const found = await Promise.all(taken.filter(Boolean).map((each) => each instanceof File ? [{ path: each.name, file: each }] : walk(each)));
    return found.flat();
  };

  class HearthArrival extends HTMLElement {
    connectedCallback() {
      this.form = this.querySelector("form");
      this.place = this.querySelector(".sending");
      this.zone = this.querySelector(".drop");
      this.dress();
      for (const input of this.querySelectorAll("input[type=file]")) {
        input.addEventListener("change", () => this.take([...input.files].map((file) => ({ path: file.webkitRelativePath || file.name, file }))));
      }
      // On the inbox the whole page is the place; elsewhere what misses it must not be opened instead of the page.
      this.left = new AbortController();
      const everywhere = { signal: this.left.signal }, around = this.dataset.place ? document.body : this;
      around.addEventListener("dragover", (event) => this.hover(event), everywhere);
      around.addEventListener("dragleave", (event) => { if (!around.contains(event.relatedTarget)) this.zone.classList.remove("over"); }, everywhere);
      around.addEventListener("drop", (event) => this.drop(event), everywhere);
      for (const name of ["dragover", "drop"]) window.addEventListener(name, (event) => event.preventDefault(), everywhere);
      this.querySelector("[data-stop]").addEventListener("click", () => this.stop());
    }

    address(...parts) {
      return [this.dataset.eachHref, ...parts].join("/");
    }

    disconnectedCallback() { this.left.abort(); }

    hover(event) {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      this.querySelector("details")?.setAttribute("open", "");
      this.zone.classList.add("over");
    }

    dress() {
      const folder = this.querySelector("#f-folder"), byThumb = matchMedia("(pointer: coarse)").matches;
      this.querySelector(".drop-words").hidden = byThumb;
      this.querySelector(".drop-label").hidden = !byThumb;
      for (const plain of this.querySelectorAll("input[name=files], [data-send]")) plain.hidden = true;
      for (const button of this.querySelectorAll("[data-choose]")) {
        const input = this.querySelector(`#${button.dataset.choose}`);
        button.hidden = input === folder && (!("webkitdirectory" in folder) || byThumb);
        button.addEventListener("click", () => input.click());
      }
    }

    async drop(event) {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      this.zone.classList.remove("over");
      try {
        await this.take(await dropped(event.dataTransfer));
      } catch (error) {
        this.fail(this.dataset.unreadable);
      }
    }

    async take(found) {
      const sources = sourcesOf(found, this.dataset.files);
      const problem = this.problem(sources);
      if (problem) { this.fail(problem); return; }
      this.form.hidden = true;
      try {
        const ids = [];
        for (const source of sources) ids.push(await this.send(source));
        if (this.dataset.place) this.stay(ids); else window.location.assign(ids.length === 1 ? this.address(ids[0]) : this.dataset.allHref);
      } catch (error) {
        if (!this.stopped) this.fail(error.sentence ?? (error instanceof DOMException ? this.dataset.unreadable : this.dataset.refused));
      }
    }

    // The page goes on as it was, and says how far the worker is.
    stay(ids) {
      this.place.hidden = true;
      this.form.hidden = false;
      this.form.reset();
      this.querySelector("details")?.removeAttribute("open");
      for (const id of ids) {
        const row = document.createElement("div");
        this.querySelector(".arrived").replaceChildren(...(ids.length > 1 ? this.querySelectorAll(".arrived > *") : []), row);
        htmx.ajax("GET", this.address(id, "dropped"), { target: row, swap: "innerHTML" });
      }
    }

    problem(sources) {
      if (!sources.length || sources.some(({ size }) => !size)) return this.dataset.nothing;
      if (sources.some(({ count = 0, size }) => count > MOST_FILES || (count && size > MOST_BYTES))) return this.dataset.toomany;
      return sources.some(({ size }) => size > Number(this.dataset.most)) ? this.dataset.toolarge : "";
    }

    async send(source) {
      this.show(source.name);
      this.beginning = this.ask(this.dataset.eachHref, new URLSearchParams({ name: source.name, size: source.size, fingerprint: source.fingerprint, place: this.dataset.place ?? "notes" }));
      const begun = await this.beginning;
      this.beginning = null;
      this.id = begun.id;
      for (let offset = begun.offset; offset < source.size;) offset = await this.sendFrom(source, offset);
      return begun.id;
    }

    // Until the end, or until the server says that it stands elsewhere: then from there.
    async sendFrom(source, offset) {
      const part = new Uint8Array(Number(this.dataset.part));
      let filled = 0;
      this.tell(offset, source.size);
      for await (let piece of source.pieces(offset)) {
        while (piece.length) {
          const some = piece.subarray(0, part.length - filled);
          part.set(some, filled);
          filled += some.length;
          piece = piece.subarray(some.length);
          if (filled < part.length && offset + filled < source.size) continue;
          const { offset: here } = await this.ask(this.address(this.id, `part?offset=${offset}`), part.slice(0, filled));
          if (here !== offset + filled) return here;
          offset = here;
          filled = 0;
          this.tell(offset, source.size);
        }
      }
      return offset;
    }

    // Asks again for as long as nobody answers; a part that had come all the same changes nothing the second time.
    async ask(address, body) {
      this.leaving = new AbortController();
      for (;;) {
        if (this.stopped) throw new Error("stopped");
        let answer;
        try {
          answer = await fetch(address, { method: "POST", body, signal: this.leaving.signal, redirect: "error", headers: { "x-csrftoken": this.form.elements._csrf_token.value } });
        } catch (error) {
          if (this.stopped) throw error;
        }
        if (answer && answer.status < 500) return this.answered(answer);
        this.say(this.dataset.unreachable);
        await asked((yes) => setTimeout(yes, 2000));
      }
    }

    async answered(answer) {
      if (answer.status === 404) throw Object.assign(new Error(), { sentence: this.dataset.over });
      const told = await answer.json();
      if (answer.ok || answer.status === 409 && !told.over) return told;
      throw Object.assign(new Error(), { sentence: told.over ? this.dataset.over : told.problem });
    }

    async stop() {
      this.stopped = true;
      // What was asked for may exist by the time that it is not wanted any more: to cancel it, its name is waited for.
      if (this.beginning) {
        const named = this.beginning.then(({ id }) => { this.id = id; }, () => {});
        await Promise.race([named, asked((yes) => setTimeout(yes, 5000))]);
      }
      this.leaving?.abort();
      if (this.id) {
        const form = Object.assign(document.createElement("form"), { method: "post", action: this.address(this.id, "cancel") });
        form.append(this.form.elements._csrf_token.cloneNode());
        document.body.append(form);
        form.submit();
      } else {
        window.location.reload();
      }
    }

    show(name) {
      this.place.hidden = false;
      this.place.querySelector(".row-title").textContent = name;
      this.place.querySelector("progress").hidden = false;
      this.place.querySelector("progress").removeAttribute("value");
      this.place.querySelector("[data-stop]").hidden = false;
      this.tenths = -1;
      this.say(this.dataset.beginning);
    }

    // The bar moves with each part; the words, which are read out, with each tenth.
    tell(done, all) {
      this.place.querySelector("progress").value = done / all;
      const tenths = Math.floor(done * 10 / all);
      if (tenths === this.tenths) return;
      this.tenths = tenths;
      const number = new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: 1 });
      this.say(this.dataset.sending.replace("{done}", number.format(done / 1048576)).replace("{all}", number.format(all / 1048576)));
    }

    say(sentence) { this.place.querySelector("[role=status]").textContent = sentence; }

    fail(sentence) {
      this.form.hidden = false;
      this.form.reset();
      this.place.hidden = false;
      this.place.querySelector("progress").hidden = this.place.querySelector("[data-stop]").hidden = true;
      this.say(sentence);
    }
  }
  customElements.define("hearth-arrival", HearthArrival);
}
