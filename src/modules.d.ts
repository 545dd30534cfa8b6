/** Files that the build embeds: GLSL as text, WebAssembly as base64. */
declare module '*.vert' {
  const source: string;
  export default source;
}
declare module '*.frag' {
  const source: string;
  export default source;
}
declare module '*.wasm' {
  const base64: string;
  export default base64;
}
