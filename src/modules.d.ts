/** Files that the build embeds: GLSL and CSS as text, WebAssembly as text of slim.js's own, scripts of workers as text. */
declare module '*.vert' {
  const source: string;
  export default source;
}
declare module '*.frag' {
  const source: string;
  export default source;
}
declare module '*.wasm' {
  const text: string;
  export default text;
}
declare module '*.css' {
  const source: string;
  export default source;
}
declare module '*?script' {
  const source: string;
  export default source;
}
