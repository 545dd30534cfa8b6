/** Templates of HTML in which every value is escaped. */

/** Markup, as opposed to text. */
export interface Markup {
  readonly markup: string;
}

type Value = string | number | Markup | readonly Value[];

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function show(value: Value): string {
  if (typeof value === 'object') return 'markup' in value ? value.markup : value.map(show).join('');
  return String(value).replace(/[&<>"']/g, (character) => ENTITIES[character]);
}

/** Markup of a template: what stands in `${}` is escaped, unless it is markup itself. */
export const html = (parts: TemplateStringsArray, ...values: Value[]): Markup => ({
  markup: parts.reduce((text, part, i) => text + show(values[i - 1]) + part),
});

/** Markup that comes as text: what a document has serialized, and the report's own style. */
export const trusted = (markup: string): Markup => ({ markup });

export const NOTHING = trusted('');
