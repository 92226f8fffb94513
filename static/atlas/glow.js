// A node as a disc, with a soft light around it by its heat.
const VERTEX = `
attribute vec4 a_id;
attribute vec4 a_color;
attribute vec2 a_position;
attribute float a_size;
attribute float a_heat;
attribute float a_angle;
uniform mat3 u_matrix;
uniform float u_sizeRatio;
uniform float u_correctionRatio;
varying vec4 v_color;
varying vec2 v_apart;
varying float v_radius;
varying float v_heat;

void main() {
  float radius = a_size * u_correctionRatio / u_sizeRatio * 2.0;
  float reach = radius * (a_heat > 0.0 ? 3.5 : 1.0) + 2.0 * u_correctionRatio;
  vec2 apart = reach * 2.0 * vec2(cos(a_angle), sin(a_angle));
  gl_Position = vec4((u_matrix * vec3(a_position + apart, 1)).xy, 0, 1);
  v_apart = apart;
  v_radius = radius;
  v_heat = a_heat;
  #ifdef PICKING_MODE
  v_color = a_id;
  #else
  v_color = a_color;
  #endif
  v_color.a *= 255.0 / 254.0;
}`;
const FRAGMENT = `
precision highp float;
varying vec4 v_color;
varying vec2 v_apart;
varying float v_radius;
varying float v_heat;
uniform float u_correctionRatio;
uniform vec3 u_glow;

void main() {
  float away = length(v_apart);
  float edge = u_correctionRatio * 1.5;
  #ifdef PICKING_MODE
  gl_FragColor = away < v_radius + edge ? v_color : vec4(0.0);
  #else
  float disc = 1.0 - smoothstep(v_radius - edge, v_radius + edge * 0.3, away);
  float fading = clamp(1.0 - (away - v_radius) / (v_radius * 2.5), 0.0, 1.0);
  float light = v_heat * 0.55 * fading * fading * (1.0 - disc);
  gl_FragColor = v_color * disc + vec4(u_glow * light, light);
  #endif
}`;

export function makeGlow(palette) {
  const { FLOAT, UNSIGNED_BYTE, TRIANGLES } = WebGLRenderingContext;
  return class extends Sigma.rendering.NodeProgram {
    getDefinition() {
      const bytes = { size: 4, type: UNSIGNED_BYTE, normalized: true };
      return {
        VERTICES: 3, VERTEX_SHADER_SOURCE: VERTEX, FRAGMENT_SHADER_SOURCE: FRAGMENT, METHOD: TRIANGLES,
        UNIFORMS: ["u_sizeRatio", "u_correctionRatio", "u_matrix", "u_glow"],
        ATTRIBUTES: [
          { name: "a_position", size: 2, type: FLOAT }, { name: "a_size", size: 1, type: FLOAT },
          { name: "a_heat", size: 1, type: FLOAT }, { name: "a_color", ...bytes }, { name: "a_id", ...bytes },
        ],
        CONSTANT_ATTRIBUTES: [{ name: "a_angle", size: 1, type: FLOAT }],
        CONSTANT_DATA: [[0], [(2 * Math.PI) / 3], [(4 * Math.PI) / 3]],
      };
    }

    processVisibleItem(id, start, data) {
      this.array.set([data.x, data.y, data.size, data.heat ?? 0, Sigma.utils.floatColor(data.color), id], start);
    }

    setUniforms(params, { gl, uniformLocations }) {
      gl.uniform1f(uniformLocations.u_correctionRatio, params.correctionRatio);
      gl.uniform1f(uniformLocations.u_sizeRatio, params.sizeRatio);
      gl.uniformMatrix3fv(uniformLocations.u_matrix, false, params.matrix);
      gl.uniform3f(uniformLocations.u_glow, ...palette.glow.map((part) => part / 255));
    }
  };
}
