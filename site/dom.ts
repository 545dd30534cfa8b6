/** The page's elements, and small texts. */

/** The element with an id; throws if the page has none of that kind. */
export function byId<T extends HTMLElement>(id: string, kind: new () => T): T {
  const element = document.getElementById(id);
  if (!(element instanceof kind)) throw new Error(`the page has no ${kind.name} #${id}`);
  return element;
}

export const button = (id: string) => byId(id, HTMLButtonElement);
export const input = (id: string) => byId(id, HTMLInputElement);
export const element = (id: string) => byId(id, HTMLElement);

/** The radio buttons of a name, by their values. */
export function radios(name: string): Map<string, HTMLInputElement> {
  const found = document.querySelectorAll<HTMLInputElement>(`input[type=radio][name=${name}]`);
  return new Map([...found].map((radio) => [radio.value, radio]));
}

/** Sets an element's text, if it is another one: screen readers and layout see changes only. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** A time for reading, of a number of milliseconds; null is what was not measured. */
export function duration(ms: number | null): string {
  if (ms === null) return 'not measured';
  if (ms < 10) return `${ms.toFixed(1)}\u00a0ms`;
  if (ms < 999.5) return `${Math.round(ms)}\u00a0ms`;
  // With three digits 1000 would be 1.00e+3.
  return `${ms < 999_500 ? (ms / 1000).toPrecision(3) : Math.round(ms / 1000)}\u00a0s`;
}

/** A number with a prefix for its thousands. */
export function amount(value: number): string {
  // 999 960 would read 1000.0 k.
  const prefix = value < 999.5 ? 0 : Math.max(1, Math.min(5, Math.floor(Math.log10(value * 1.00005) / 3)));
  const scaled = value / 1000 ** prefix;
  return `${prefix === 0 ? Math.round(scaled) : scaled.toFixed(scaled < 10 ? 2 : 1)} ${['', 'k', 'M', 'G', 'T', 'P'][prefix]}`;
}

const superscript = (text: string) => text.replace('-', '⁻').replace(/\d/g, (digit) => '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(digit)]);

/** A small number by its power of ten, with so many digits. */
export function scientific(value: number, digits: number): string {
  const [factor, exponent] = value.toExponential(digits - 1).split('e');
  return `${factor} × 10${superscript(exponent)}`;
}

export const reasonOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
