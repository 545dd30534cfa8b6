/**
 * A comparison as a page, as charts, as CSV and as Markdown. Pure functions of the data.
 *
 * @module twolane/report
 */
import { checkComparison, checkDocument, checkInteger, checkKeys, checkPictures } from '../check.js';
import { type Chart, type ChartOptions, type Charts, drawCharts } from './charts.js';
import { csv } from './csv.js';
import { cases } from './figures.js';
import { page, type Picture } from './html.js';
import { markdown } from './markdown.js';
import type { Comparison, JobComparison, LaneResult, Spread } from '../compare.js';

export type { Chart, Charts, Comparison, JobComparison, LaneResult, Picture, Spread };

/** Options of `reportHtml`. */
export interface ReportOptions {
  /** What the charts are made in: the page's document by default; in Node one of linkedom or jsdom. Nothing is added to it. */
  document?: Document | undefined;
  /** Pictures to show, as data URLs, so that the page stays one file. Default none. */
  pictures?: readonly Picture[] | undefined;
}

/** Options of `charts`. */
export interface ChartsOptions {
  /** What the charts are made in: the page's document by default; in Node one of linkedom or jsdom. Nothing is added to it. */
  document?: Document | undefined;
  /** Of each chart in CSS pixels, an integer from 240, default 640. From 520 on, labels stand beside the marks where all fit; else there are legends. */
  width?: number | undefined;
}

/**
 * The comparison as one HTML page, in one file: no scripts, no requests, light and dark, for phones and desktops.
 *
 * Throws TypeError or RangeError if `comparison` is not what `compare` gives for several jobs, TypeError without a document, and RangeError on a
 * picture whose URL is not a data URL of an image.
 */
export function reportHtml(comparison: Comparison, options: ReportOptions = {}): string {
  checkComparison(comparison);
  const { document = globalThis.document, pictures = [] } = checkKeys('options', options, ['document', 'pictures']);
  checkDocument(document);
  return page(comparison, document, checkPictures(pictures));
}

/**
 * The report's charts as SVG elements, for a page of yours. Their text takes the colour and font of where they stand; the variables
 * --twolane-1 to --twolane-8 set the lanes' colours, --twolane-set-up, --twolane-compute, --twolane-transfer and --twolane-other those of the
 * parts, --twolane-on-part that of text on them, and --twolane-surface the halo's, which should be the background's.
 *
 * Throws as `reportHtml` does, and RangeError where `width` is less than 240.
 */
export function charts(comparison: Comparison, options: ChartsOptions = {}): Charts {
  checkComparison(comparison);
  const { document = globalThis.document, width = 640 } = checkKeys('options', options, ['document', 'width']);
  checkDocument(document);
  checkInteger('width', width, 240);
  return drawCharts(cases(comparison), { document, width } satisfies ChartOptions);
}

/**
 * The comparison as CSV (RFC 4180, lines end in CRLF): a header, then a line for every job and lane, with all fields. Times are in
 * milliseconds; a field is empty where nothing was measured.
 *
 * Throws TypeError or RangeError if `comparison` is not what `compare` gives for several jobs.
 */
export function reportCsv(comparison: Comparison): string {
  return csv(checkComparison(comparison));
}

/**
 * The comparison as Markdown for pasting: a table for each job, the machine, and where the GPU overtakes the CPU.
 *
 * Throws TypeError or RangeError if `comparison` is not what `compare` gives for several jobs.
 */
export function reportMarkdown(comparison: Comparison): string {
  return markdown(checkComparison(comparison));
}
