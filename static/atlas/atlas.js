// The picture of the whole graph. All that it offers, the table below it offers too; the address keeps what is seen.
import { place, readAnswer } from "./answer.js";
import { makeGlow } from "./glow.js";
import { Near } from "./near.js";
import { colourOf, css, lineOf, readPalette } from "./palette.js";

const CLOSE = 0.12;
const PATIENCE = 300;

class HearthAtlas extends HTMLElement {
  connectedCallback() {
    this.stage = this.querySelector(".atlas-stage");
    this.told = this.querySelector(".atlas-told");
    this.form = document.getElementById("graph-form");
    this.hovered = this.chosen = null;
    this.marked = [];
    this.hidden = false;
    if (!drawsWebGL()) return this.giveUp(this.dataset.flat);
    this.listen();
    // Not by the page itself: where there is no WebGL, sigma fails as soon as it is read.
    Promise.all([bring(this.dataset.graphsSrc), bring(this.dataset.sigmaSrc)])
      .then(() => this.sync(), () => this.giveUp(this.dataset.failed));
  }

  disconnectedCallback() {
    this.leaving?.abort();
    this.renderer?.kill();
  }

  giveUp(sentence) {
    this.stage.hidden = this.querySelector(".atlas-tools").hidden = true;
    this.told.textContent = sentence;
  }

  listen() {
    this.leaving = new AbortController();
    const on = (target, event, act, capture = false) => target.addEventListener(event, act, { capture, signal: this.leaving.signal });
    on(document.body, "htmx:afterSwap", ({ detail }) => {
      if (detail.target?.id === "graph-list") this.sync();
      if (detail.target?.id === "card") this.noteCard();
    });
    on(document, "click", (event) => this.follow(event), true);  // before htmx, which listens on the link itself
    on(matchMedia("(prefers-color-scheme: dark)"), "change", () => this.paint());
    on(this.form.elements.q, "input", () => this.mark());
    on(this.form.elements.q, "keydown", (event) => this.flyOn(event));
    for (const button of this.querySelectorAll("[data-does]")) on(button, "click", () => this.do(button.dataset.does));
  }

  // What is drawn follows the list, which the server made of the address.
  async sync() {
    const list = document.getElementById("graph-list");
    this.fill(new URLSearchParams(location.search));
    this.by = list.dataset.colour;
    try {
      if (this.address !== list.dataset.href) await this.load(list.dataset.href);
      else this.paint();
      this.keep();
    } catch (error) {
      if (error.name !== "AbortError") this.giveUp(this.dataset.failed);
    }
  }

  // The form says what the address says, whoever changed it.
  fill(query) {
    for (const field of this.form.elements) {
      if (field.type === "checkbox") field.checked = query.getAll(field.name).includes(field.value);
      else if (field.name) field.value = query.get(field.name) ?? this.usual(field.name);
    }
  }

  usual(name) { return { colour: "community", table: "nodes", confidence: "0", nodes: this.form.elements.nodes.dataset.usual }[name] ?? ""; }

  async load(address) {
    this.loading?.abort();
    this.loading = new AbortController();
    const graph = await readAnswer(address, this.loading.signal);
    [this.address, this.graph, this.hovered] = [address, graph, null];
    this.count();
    this.palette = readPalette(this.stage, graph.kinds);
    if (this.renderer) this.renderer.setGraph(this.build());
    else this.open();
    this.renderer.setSetting("labelRenderedSizeThreshold", graph.nodes < 150 ? 3 : 6.5);
    this.renderer.setCustomBBox({ x: [0, graph.shape], y: [0, 1] });
    this.renderer.refresh();
    this.choose();
    this.mark();
    this.dataset.drawn = String(graph.nodes);
  }

  count() {
    const { nodes, source, target } = this.graph;
    this.degree = new Uint32Array(nodes);
    source.forEach((one, link) => { this.degree[one] += 1; this.degree[target[link]] += 1; });
  }

  build() {
    const graph = new graphology.MultiDirectedGraph();
    const { nodes, links, heat, source, target, self } = this.graph;
    const least = nodes < 150 ? 5 : nodes < 1500 ? 3.2 : 1.8;
    for (let node = 0; node < nodes; node += 1) {
      graph.addNode(String(node), {
        ...place(this.graph, node), size: Math.min(22, this.degree[node] ? least + Math.sqrt(this.degree[node]) * 0.55 : least * 0.8) + (node === self ? 5 : 0),
        heat: heat[node] / 255, label: this.title(node), color: css(this.colour(node)), zIndex: this.degree[node],
      });
    }
    for (let link = 0; link < links; link += 1) {
      graph.addEdgeWithKey(`l${link}`, String(source[link]), String(target[link]), { color: lineOf(this.palette, this.graph, link, this.by) });
    }
    return graph;
  }

  open() {
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches || document.documentElement.dataset.motion === "less";
    this.flight = { duration: calm ? 0 : 400 };
    this.renderer = new Sigma(this.build(), this.stage, {
      nodeProgramClasses: { circle: makeGlow(this.palette) }, edgeProgramClasses: { line: Sigma.rendering.EdgeLineProgram },
      defaultDrawNodeHover: () => {}, labelFont: "system-ui, sans-serif", labelSize: 13, labelColor: { color: css(this.palette.ink) },
      labelDensity: 0.6, labelGridCellSize: 140, zIndex: true, stagePadding: 24,
      minCameraRatio: 0.005, maxCameraRatio: 3, inertiaDuration: calm ? 0 : 200, zoomDuration: calm ? 0 : 200,
      hideEdgesOnMove: this.graph.links > 30000, enableCameraRotation: false,
    });
    this.near = new Near(this);
    this.look();
    this.hear();
  }

  hear() {
    const { renderer } = this;
    renderer.on("enterNode", ({ node }) => this.hover(Number(node)));
    renderer.on("leaveNode", () => this.hover(null));
    renderer.on("clickNode", ({ node }) => this.ask(Number(node)));
    renderer.on("clickStage", () => this.close());
    renderer.on("doubleClickNode", ({ node, preventSigmaDefault }) => {
      preventSigmaDefault();
      this.fly(Number(node));
    });
    renderer.getCamera().on("updated", () => {
      clearTimeout(this.waiting);
      this.waiting = setTimeout(() => this.keep(), PATIENCE);
    });
  }

  colour(node) { return colourOf(this.palette, this.graph, node, this.by); }

  title(node) {
    const title = this.graph.titles[node] || "–";
    return title.length > 36 ? `${title.slice(0, 35).trimEnd()}…` : title;
  }

  beside(node) {
    const found = new Set();
    const { source, target } = this.graph;
    for (let link = 0; link < source.length; link += 1) {
      if (source[link] === node) found.add(target[link]);
      else if (target[link] === node) found.add(source[link]);
    }
    return found;
  }

  // Other colours, the same places.
  paint() {
    if (!this.renderer) return;
    Object.assign(this.palette, readPalette(this.stage, this.graph.kinds));
    const graph = this.renderer.getGraph();
    graph.updateEachNodeAttributes((node, data) => ({ ...data, color: css(this.colour(Number(node))) }), { attributes: ["color"] });
    graph.updateEachEdgeAttributes((link, data) => ({ ...data, color: lineOf(this.palette, this.graph, Number(link.slice(1)), this.by) }), { attributes: ["color"] });
    this.renderer.setSetting("labelColor", { color: css(this.palette.ink) });
    this.renderer.refresh();
  }

  hover(node) {
    this.hovered = node;
    this.stage.classList.toggle("is-pointed", node !== null);
    this.near.show(this);
  }

  // A card comes by the node's number, and brings the record's id along for the address.
  ask(node) {
    this.chosen = node;
    this.near.show(this);
    this.bring(this.graph.names[node]);
  }

  bring(at) {
    const query = this.query();
    query.set("at", at);
    htmx.ajax("GET", `${this.dataset.pageHref}?${query}`, { target: "#card", swap: "outerHTML" });
  }

  noteCard() {
    this.form.elements.at.value = document.getElementById("card").dataset.id ?? "";
    if (this.graph) this.choose();
    this.keep();
  }

  close() {
    this.chosen = null;
    this.near.show(this);
    if (this.form.elements.at.value) this.bring("");
  }

  // The node whose card is open, which tells its number and its id.
  choose() {
    const { id, number } = document.getElementById("card").dataset;
    const node = this.graph.names.findIndex((name) => name === id || name === number);
    this.chosen = id && node >= 0 ? node : null;
    this.near.show(this);
  }

  // A link of the table opens the card in its place, and flies there.
  follow(event) {
    const link = event.target.closest("a[data-card], a[data-close]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    event.stopPropagation();
    if ("close" in link.dataset) return this.close();
    htmx.ajax("GET", link.href, { target: "#card", swap: "outerHTML" }).then(() => {
      if (this.chosen !== null) this.fly(this.chosen, false);
      document.getElementById("card").scrollIntoView({ block: "nearest" });
    });
  }

  mark() {
    const words = fold(this.form.elements.q.value);
    this.folded = this.foldedOf === this.graph ? this.folded : this.graph.titles.map(fold);
    this.foldedOf = this.graph;
    this.marked = [];
    if (words) this.folded.forEach((title, node) => { if (title.includes(words)) this.marked.push(node); });
    this.marked.sort((one, other) => (this.folded[other] === words) - (this.folded[one] === words) || this.degree[other] - this.degree[one]);
    this.next = 0;
    const sentence = this.marked.length ? this.dataset.found.replace("{count}", this.marked.length) : this.dataset.none;
    this.told.textContent = words ? sentence : "";
    this.near.show(this);
  }

  flyOn(event) {
    if (event.key !== "Enter" || !this.marked.length) return;
    const node = this.marked[this.next++ % this.marked.length];
    this.fly(node);
    this.ask(node);
  }

  fly(node, close = true) {
    const { x, y } = this.renderer.getNodeDisplayData(String(node));
    const ratio = close ? Math.min(this.renderer.getCamera().ratio, CLOSE * Math.max(1, 30 / Math.sqrt(this.graph.nodes))) : this.renderer.getCamera().ratio;
    this.renderer.getCamera().animate({ x, y, ratio }, this.flight);
  }

  do(what) {
    const camera = this.renderer?.getCamera();
    if (what === "nearer") camera?.animatedZoom(this.flight);
    else if (what === "farther") camera?.animatedUnzoom(this.flight);
    else camera?.animatedReset(this.flight);
  }

  look() {
    const [x, y, ratio] = ["x", "y", "z"].map((name) => Number.parseFloat(this.form.elements[name].value));
    if ([x, y, ratio].every(Number.isFinite) && ratio > 0) this.renderer.getCamera().setState({ x, y, ratio: Math.min(3, Math.max(0.005, ratio)) });
  }

  // What is seen, into the form and the address.
  keep() {
    const { x, y, ratio } = this.renderer.getCamera().getState();
    const isUsual = Math.abs(x - 0.5) + Math.abs(y - 0.5) + Math.abs(ratio - 1) < 0.002;
    Object.entries({ x, y, z: ratio }).forEach(([name, value]) => { this.form.elements[name].value = isUsual ? "" : value.toFixed(4); });
    const query = this.query().toString();
    history.replaceState(history.state, "", query ? `${this.dataset.pageHref}?${query}` : this.dataset.pageHref);
  }

  query() {
    return new URLSearchParams([...new FormData(this.form)].filter(([name, value]) => value !== this.usual(name)));
  }
}

const fold = (words) => words.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().trim();

function drawsWebGL() {
  const canvas = document.createElement("canvas");
  return Boolean(canvas.getContext("webgl2") ?? canvas.getContext("webgl"));
}

const bring = (src) => new Promise((resolve, reject) => {
  document.head.append(Object.assign(document.createElement("script"), { src, onload: resolve, onerror: reject }));
});

customElements.define("hearth-atlas", HearthAtlas);
