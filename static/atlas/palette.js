// Colours as the style sheet has them (static/atlas/atlas.css), in the numbers that WebGL takes.
export const COLOURED = 10;
const NOWHERE = 65535;

export function readPalette(stage, kinds) {
  const read = reader(stage);
  const rgb = (style) => read(`atlas-${style}`);
  return {
    kinds: kinds.map((kind) => rgb(`kind-${kind}`)),
    communities: Array.from({ length: COLOURED }, (_, number) => rgb(`community-${number}`)),
    alone: rgb("alone"), line: rgb("line"), ink: rgb("ink"), paper: rgb("paper"), glow: rgb("glow"), mark: rgb("mark"),
  };
}

// What a browser answers for oklch() and light-dark() is painted once and looked at.
function reader(stage) {
  const painter = Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d", { willReadFrequently: true });
  return (style) => {
    const probe = stage.appendChild(Object.assign(document.createElement("span"), { className: `dot ${style}` }));
    painter.fillStyle = getComputedStyle(probe).backgroundColor;
    probe.remove();
    painter.fillRect(0, 0, 1, 1);
    return [...painter.getImageData(0, 0, 1, 1).data.slice(0, 3)];
  };
}

export const css = ([red, green, blue], share = 1) => `rgba(${red}, ${green}, ${blue}, ${share})`;

// WebGL adds colours that are weighed already.
export const weighed = (colour, share) => css(colour.map((part) => Math.round(part * share)), share);

export function colourOf(palette, graph, node, by) {
  if (by === "kind") return palette.kinds[graph.kind[node]];
  const community = graph.community[node];
  return community === NOWHERE ? palette.alone : palette.communities[community % COLOURED];
}

// A link within a community has its colour; one between two is a grey thread.
export function lineOf(palette, graph, link, by) {
  const [source, target] = [graph.source[link], graph.target[link]];
  const within = by === "community" && graph.community[source] === graph.community[target];
  const dense = Math.min(1, 60 / Math.sqrt(graph.links));
  const sure = 0.4 + (0.6 * graph.confidence[link]) / 255;
  return weighed(within ? colourOf(palette, graph, source, by) : palette.line, dense * sure * (within ? 0.55 : 0.3));
}
