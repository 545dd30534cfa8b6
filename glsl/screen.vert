#version 300 es
// One triangle that covers the viewport, made of vertex numbers: it needs no buffer.
void main() {
  vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1) * 4.0 - 1.0;
  gl_Position = vec4(corner, 0.0, 1.0);
}
