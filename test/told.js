/** What a call throws, as 'Name: message'. @param {() => unknown} call */
export function told(call) {
  try {
    return `nothing: ${call()}`;
  } catch (error) {
    return String(error);
  }
}
