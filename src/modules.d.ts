/** Files that the build embeds: GLSL and CSS as text, WebAssembly deflated, as base64, scripts of workers as text. */
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
declare module '*.css' {
  const source: string;
  export default source;
}
declare module '*?script' {
  const source: string;
  export default source;
}
