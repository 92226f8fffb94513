// What the server sends of a graph (app/atlas/encoding.py): a line of JSON, then columns of numbers.
const STEPS = 65535;

export async function readAnswer(address, signal) {
  const answer = await fetch(address, { signal, credentials: "same-origin" });
  if (!answer.ok) throw new Error(`The graph's answer was ${answer.status}.`);
  return decode(await answer.arrayBuffer());
}

export function decode(buffer) {
  const long = new DataView(buffer).getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, long)));
  let place = 4 + long;
  const column = (Kind, count) => {
    const values = new Kind(buffer, place, count);
    place += values.byteLength;
    return values;
  };
  const { nodes, links } = head;
  const [x, y, community, degreeOut, target] = [nodes, nodes, nodes, nodes, links].map((count) => column(Uint16Array, count));
  const [kind, heat] = [nodes, nodes].map((count) => column(Uint8Array, count));
  const [origin, confidence] = [links, links].map((count) => column(Uint8Array, count));
  return { ...head, x, y, community, target, kind, heat, origin, confidence, source: sources(degreeOut, links), names: names(head) };
}

// Links stand in the order of where they start, so how many each node has says it all.
function sources(degreeOut, links) {
  const source = new Uint16Array(links);
  let place = 0;
  degreeOut.forEach((times, node) => { source.fill(node, place, place += times); });
  return source;
}

// By what the server knows each node: its number, or its whole id.
function names({ numbers, ids }) {
  let number = 0;
  return numbers.map((step, node) => {
    number += step;
    return ids[node] ?? String(number);
  });
}

export const place = (graph, node) => ({ x: (graph.x[node] / STEPS) * graph.shape, y: graph.y[node] / STEPS });
