// The neighbourhood of one node, drawn over the faded rest: what a pointer rests on, or the record whose card is open.
import { css } from "./palette.js";

const MOST_NAMED = 24;
const MOST_MARKED = 400;

export class Near {
  constructor(atlas) {
    this.atlas = atlas;
    this.canvas = atlas.renderer.createCanvasContext("near", { beforeLayer: "mouse" }).getCanvases().near;
    this.canvas.classList.add("atlas-near");
    atlas.renderer.on("afterRender", () => this.draw());
  }

  show({ hovered, chosen, marked }) {
    Object.assign(this, { hovered, chosen, marked });
    const stage = this.atlas.stage;
    stage.classList.toggle("is-near", hovered !== null || chosen !== null);
    this.draw();
  }

  draw() {
    const { renderer } = this.atlas;
    const { width, height } = renderer.getDimensions();
    const ratio = window.devicePixelRatio || 1;
    if (this.canvas.width !== Math.round(width * ratio) || this.canvas.height !== Math.round(height * ratio)) {
      [this.canvas.width, this.canvas.height] = [Math.round(width * ratio), Math.round(height * ratio)];
      [this.canvas.style.width, this.canvas.style.height] = [`${width}px`, `${height}px`];
    }
    const pen = this.canvas.getContext("2d");
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, width, height);
    for (const node of (this.marked ?? []).slice(0, MOST_MARKED)) this.ring(pen, node, 1.5);
    const node = this.hovered ?? this.chosen ?? null;
    if (node !== null) this.drawAround(pen, node);
    if (this.chosen !== null && this.chosen !== undefined) this.ring(pen, this.chosen, 2.5);
  }

  drawAround(pen, node) {
    const { palette } = this.atlas;
    const beside = this.atlas.beside(node);
    const middle = this.at(node);
    pen.strokeStyle = css(palette.line, 0.55);
    pen.lineWidth = 1;
    pen.beginPath();
    for (const other of beside) {
      const end = this.at(other);
      pen.moveTo(middle.x, middle.y);
      pen.lineTo(end.x, end.y);
    }
    pen.stroke();
    for (const other of beside) this.disc(pen, other);
    this.disc(pen, node);
    const named = [...beside].sort((one, other) => this.atlas.degree[other] - this.atlas.degree[one]).slice(0, MOST_NAMED);
    this.name(pen, [node, ...named]);
  }

  disc(pen, node) {
    const { x, y, size } = this.at(node);
    pen.fillStyle = css(this.atlas.colour(node));
    pen.beginPath();
    pen.arc(x, y, size, 0, 2 * Math.PI);
    pen.fill();
  }

  ring(pen, node, wide) {
    const { x, y, size } = this.at(node);
    pen.strokeStyle = css(this.atlas.palette.mark);
    pen.lineWidth = wide;
    pen.beginPath();
    pen.arc(x, y, size + 3, 0, 2 * Math.PI);
    pen.stroke();
  }

  // The first is the middle's: no other may lie on it, nor on each other.
  name(pen, nodes) {
    const taken = [];
    nodes.forEach((node, number) => {
      const { x, y, size } = this.at(node);
      pen.font = `${number ? 400 : 600} 13px system-ui, sans-serif`;
      const words = this.atlas.title(node);
      const box = { left: x + size + 4, top: y - 9, right: x + size + 8 + pen.measureText(words).width, bottom: y + 9 };
      if (taken.some((one) => one.left < box.right && box.left < one.right && one.top < box.bottom && box.top < one.bottom)) return;
      taken.push(box);
      pen.lineJoin = "round";
      pen.lineWidth = 4;
      pen.strokeStyle = css(this.atlas.palette.paper, 0.85);
      pen.strokeText(words, x + size + 6, y + 4);
      pen.fillStyle = css(this.atlas.palette.ink);
      pen.fillText(words, x + size + 6, y + 4);
    });
  }

  at(node) {
    const { renderer } = this.atlas;
    const data = renderer.getNodeDisplayData(String(node));
    return { ...renderer.framedGraphToViewport(data), size: renderer.scaleSize(data.size) };
  }
}
