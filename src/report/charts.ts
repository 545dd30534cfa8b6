/** The report's charts, drawn by Observable Plot. */
import {
  axisX,
  axisY,
  barX,
  dot,
  gridX,
  gridY,
  line,
  link,
  type Markish,
  plot,
  type PlotOptions,
  ruleX,
  text,
  type TextOptions,
} from '@observablehq/plot';
import { type Case, families, find, points, type Part, speedUp, split, allLanes } from './figures.js';
import * as format from './format.js';
import { flow, GAP, log, logTicks, place, spaced, textWidth } from './layout.js';
import { type Look, looks, ON_PART, PARTS, SURFACE, SYMBOLS } from './looks.js';
import { ARTICLES, beside } from './published.js';

/** One chart. */
export interface Chart {
  /** Names the case, or the article. */
  title: string;
  /** What was computed: region, iterations and bailout radius; or whose figures these are. */
  subtitle: string;
  /** The drawing, which stands in no page yet; its label for screen readers says what it shows. */
  svg: SVGSVGElement;
}

/** The charts of a comparison: of each kind one for every case that has the data for it. */
export interface Charts {
  /** Time against number of pixels, a line a lane, on logarithmic axes. */
  time: Chart[];
  /** What part of a first call is set-up, compute, transfer and other, for every lane and size. */
  split: Chart[];
  /** How many times as fast as basic every lane is. */
  speedUp: Chart[];
  /** Time against number of pixels by number of threads. */
  threads: Chart[];
  /** The articles' own figures beside ours. */
  published: Chart[];
}

export interface ChartOptions {
  document: Document;
  /** Of each chart in CSS pixels. */
  width: number;
}

/** From here on a chart has room for labels beside its marks. */
const WIDE = 520;
/** Height of a line of a legend. */
const LINE = 18;
/** Room above a chart's frame for the title of its axis. */
const AXIS_TITLE = 26;

/** Axes and other text that stands back behind the data. */
const MUTED = { fill: 'currentColor', fillOpacity: 0.72 } as const;
/** Keeps text legible where a line runs behind it. */
const HALO = { stroke: SURFACE, strokeWidth: 6 } as const;

/** What all charts share. Marks give their colours themselves, so that the scale leaves them as they are. */
function draw(options: PlotOptions, label: string, { document, width }: ChartOptions): SVGSVGElement {
  const svg = plot({
    ...options,
    document,
    width,
    className: 'twolane-chart',
    ariaLabel: label,
    color: { type: 'identity' },
    figure: false,
  }) as SVGSVGElement;
  // To screen readers it is one picture. Plot names its parts, which those may not be that have no role.
  svg.setAttribute('role', 'img');
  for (const mark of svg.querySelectorAll('g[aria-label]')) {
    mark.setAttribute('data-mark', mark.getAttribute('aria-label') ?? '');
    mark.removeAttribute('aria-label');
  }
  // Plot's own `style` sets a property that linkedom only lets read.
  svg.setAttribute('style', `--plot-background: ${SURFACE}; font-family: inherit; font-size: 12px; overflow: visible`);
  return svg;
}

/** A mark's place counted from the chart's upper left corner, whatever its scales are. */
const corner = (x: number, y: number, marginLeft: number, marginTop: number) =>
  ({ frameAnchor: 'top-left', dx: x - marginLeft, dy: y - marginTop }) as const;

interface Key {
  label: string;
  color: string;
  symbol: Look['symbol'];
}

/** A legend above the chart, as marks, so that the chart needs nothing around it. */
function legend(keys: readonly Key[], width: number, marginLeft: number, marginTop: number): Markish[] {
  const { at } = flow(
    keys.map(({ label }) => label),
    width,
  );
  return keys.flatMap(({ label, color, symbol }, i) => {
    const y = at[i].line * LINE + LINE / 2;
    const hollow = color === 'none';
    return [
      dot([0], {
        ...corner(at[i].x + 6, y, marginLeft, marginTop),
        fill: color,
        ...(hollow ? { stroke: 'currentColor', strokeDasharray: '2 2' } : {}),
        symbol,
        r: 5,
      }),
      text([label], {
        ...corner(at[i].x + 16, y, marginLeft, marginTop),
        text: (label: string) => label,
        textAnchor: 'start',
        lineAnchor: 'middle',
      }),
    ];
  });
}

const legendHeight = (keys: readonly Key[], width: number) =>
  flow(
    keys.map(({ label }) => label),
    width,
  ).lines * LINE;

/** A line, and how the legend shows it. */
interface Series extends Key {
  dash: string;
  points: { pixels: number; size: string; ms: number }[];
}

/** Margins, height and scales of lines, with room at the right for labels of a width, or above for a legend. */
function lineFrame(series: readonly Series[], width: number, labels: number) {
  const top = labels ? 0 : legendHeight(series, width) + 10;
  const every = series.flatMap(({ points }) => points);
  const sizeWidth = Math.max(...every.map(({ size }) => textWidth(size)));
  const margin = {
    marginTop: top + AXIS_TITLE,
    // The last size's text is centred below its point.
    marginRight: Math.max(24, sizeWidth / 2, labels ? Math.min(labels + GAP + 10, width / 3) : 0),
    marginBottom: 56,
    marginLeft: 58,
  };
  const bottom = margin.marginTop + Math.round(Math.min(Math.max(width * 0.42, 230), 400));
  const x = log(
    every.map(({ pixels }) => pixels),
    [margin.marginLeft, width - margin.marginRight],
    0.04,
  );
  const y = log(
    every.map(({ ms }) => ms),
    [bottom, margin.marginTop],
    0.06,
  );
  return { margin, top, bottom, height: bottom + margin.marginBottom, x, y, sizeWidth };
}

/** Labels at the ends of lines; null if there is no room for them. */
function endLabels(series: readonly Series[], { margin, bottom, x, y }: ReturnType<typeof lineFrame>) {
  const ends = series.map(({ label, color, points }) => ({ label, color, end: points[points.length - 1] }));
  const last = Math.max(...ends.map(({ end }) => end.pixels));
  const middles = place(
    ends.map(({ label, end }) => ({
      x: x.to(end.pixels),
      y: y.to(end.ms),
      width: textWidth(label),
      edge: end.pixels === last,
    })),
    series.flatMap(({ points }) =>
      points.slice(1).map((to, i) => ({
        x0: x.to(points[i].pixels),
        y0: y.to(points[i].ms),
        x1: x.to(to.pixels),
        y1: y.to(to.ms),
      })),
    ),
    15,
    margin.marginTop - 6,
    bottom,
  );
  return (
    middles &&
    ends.map((one, i) => ({
      ...one,
      at: x.from(x.to(one.end.pixels) + GAP),
      height: y.from(middles[i]),
      moved: Math.abs(middles[i] - y.to(one.end.ms)) > 5,
    }))
  );
}

/** Lines on logarithmic axes, with labels at their ends where there is room, else with a legend. */
function lines(all: readonly Series[], label: string, options: ChartOptions): SVGSVGElement | null {
  const series = all.filter(({ points }) => points.length > 0);
  if (series.length === 0) return null;
  const { width } = options;
  const widest = Math.max(...series.map((one) => textWidth(one.label)));
  const roomy = lineFrame(series, width, widest);
  const labels = width >= WIDE ? endLabels(series, roomy) : null;
  const { margin, top, height, x, y, sizeWidth } = labels ? roomy : lineFrame(series, width, 0);
  // Names that are wider than the margin may get are cut, with an ellipsis.
  const cut = widest + GAP + 10 > margin.marginRight;

  const sizes = [
    ...new Map(series.flatMap(({ points }) => points.map(({ pixels, size }) => [pixels, size] as const))),
  ].sort(([a], [b]) => a - b);
  const ticks = spaced(
    sizes.map(([pixels]) => x.to(pixels)),
    Math.max(width >= WIDE ? 56 : 46, sizeWidth + 8),
  ).map((i) => sizes[i]);
  const names = new Map(ticks);

  return draw(
    {
      ...margin,
      height,
      x: { type: 'log', domain: x.domain, label: null },
      y: { type: 'log', domain: y.domain, label: null },
      marks: [
        gridY(logTicks(y.domain), { stroke: 'currentColor', strokeOpacity: 0.14 }),
        gridX(
          sizes.map(([pixels]) => pixels),
          { stroke: 'currentColor', strokeOpacity: 0.07 },
        ),
        // `text` and not `tickFormat`: on a logarithmic axis Plot leaves out labels that are not near powers of ten.
        axisY(logTicks(y.domain), { text: format.tick, tickSize: 0, label: null, ...MUTED }),
        axisX(
          ticks.map(([pixels]) => pixels),
          {
            text: (pixels: number) => `${format.pixels(pixels)}\n${names.get(pixels)}`,
            tickSize: 4,
            lineHeight: 1.25,
            label: null,
            ...MUTED,
          },
        ),
        text(['median time of a run'], {
          ...corner(0, top + 9, margin.marginLeft, margin.marginTop),
          textAnchor: 'start',
          ...MUTED,
        }),
        text(['pixels'], { frameAnchor: 'bottom-right', textAnchor: 'end', lineAnchor: 'bottom', dy: 50, ...MUTED }),
        ...(labels ? [] : legend(series, width, margin.marginLeft, margin.marginTop)),
        ...series.map(({ color, dash, points }) =>
          line(points, { x: 'pixels', y: 'ms', stroke: color, strokeWidth: 2, strokeDasharray: dash }),
        ),
        // Symbols after all lines, so that none is crossed; the stroke behind each parts it from its neighbours.
        ...series.map(({ label, color, symbol, points }) =>
          dot(points, {
            x: 'pixels',
            y: 'ms',
            fill: color,
            symbol,
            r: 4.5,
            stroke: SURFACE,
            strokeWidth: 2.5,
            paintOrder: 'stroke',
            title: ({ size, ms }: Series['points'][0]) => `${label}, ${size}: ${format.time(ms)}`,
          }),
        ),
        ...(labels
          ? [
              link(
                labels.filter(({ moved }) => moved),
                {
                  x1: ({ end }: (typeof labels)[0]) => end.pixels,
                  y1: ({ end }: (typeof labels)[0]) => end.ms,
                  x2: 'at',
                  y2: 'height',
                  stroke: 'color',
                  strokeWidth: 1,
                },
              ),
              text(labels, {
                x: 'at',
                y: 'height',
                text: 'label',
                fill: 'color',
                dx: 2,
                textAnchor: 'start',
                fontWeight: 600,
                lineWidth: cut ? (margin.marginRight - GAP - 4) / 12 : Infinity,
                textOverflow: 'ellipsis',
                ...HALO,
              }),
            ]
          : []),
      ],
    },
    label,
    options,
  );
}

/** What a screen reader says of a chart of lines. */
const lineLabel = ({ title, subtitle }: Case) => `Time against number of pixels: ${title}, ${subtitle}`;

/** Rows under each other: where each row's middle is, and the key of a band scale for it. */
interface BarRow {
  key: number;
  lane: string;
  /** Of a lane's bar; null for the row that holds its name, above its bars. */
  size: string | null;
  parts: Part[];
}

/** For each lane that ran a heading, then its sizes: one band scale, so that no row stands empty where a lane was skipped. */
function splitRows(group: Case): BarRow[] {
  const rows = group.lanes.flatMap((lane) => {
    const bars = group.jobs.flatMap((job) => {
      const result = find(job, lane);
      const parts = result ? split(result) : [];
      return parts.length ? [{ lane, size: job.size, parts }] : [];
    });
    return bars.length ? [{ lane, size: null, parts: [] }, ...bars] : [];
  });
  return rows.map((row, key) => ({ key, ...row }));
}

/** Bars of equal length, one for every lane and size, divided into the parts of a first call. */
function splitChart(group: Case, options: ChartOptions): SVGSVGElement | null {
  const rows = splitRows(group);
  const bars = rows.filter(({ size }) => size !== null);
  if (bars.length === 0) return null;
  const { width } = options;
  const sum = ({ parts }: BarRow) => parts.reduce((ms, part) => ms + part.ms, 0);
  const segments = bars.flatMap((row) => {
    let from = 0;
    return row.parts.map(({ part, ms }) => {
      const start = from;
      from += ms / sum(row);
      return { key: row.key, part, ms, from: start, to: from, row };
    });
  });
  // The legend names only what occurs.
  const shown = (Object.keys(PARTS) as Part['part'][]).filter((part) => segments.some((one) => one.part === part));
  const keys: Key[] = shown.map((part) => ({ label: part, color: PARTS[part], symbol: 'square' }));
  const margin = {
    marginTop: legendHeight(keys, width) + 10,
    marginRight: 64,
    marginBottom: 4,
    marginLeft: Math.max(...bars.map(({ size }) => textWidth(size ?? ''))) + 10,
  };
  const inner = width - margin.marginLeft - margin.marginRight;
  const label = { fontWeight: 600, textAnchor: 'middle' } as const;
  const fits = segments.filter(({ ms, from, to }) => (to - from) * inner > textWidth(format.time(ms)) + 6);
  const middle = ({ from, to }: (typeof segments)[0]) => (from + to) / 2;
  const plain = ({ part }: (typeof segments)[0]) => part === 'other' || part === 'not split';
  const bar = (data: typeof segments) =>
    barX(data, {
      x1: 'from',
      x2: 'to',
      y: 'key',
      fill: ({ part }: (typeof segments)[0]) => PARTS[part],
      insetLeft: 0.75,
      insetRight: 0.75,
      insetTop: 1.5,
      insetBottom: 1.5,
      rx: 2,
      title: ({ row, part, ms, from, to }: (typeof segments)[0]) =>
        `${row.lane}, ${row.size}, ${part}: ${format.time(ms)}, ${format.share(to - from)}`,
      ...(data.some(({ part }) => part === 'not split')
        ? { stroke: 'currentColor', strokeOpacity: 0.6, strokeDasharray: '3 3' }
        : {}),
    });
  return draw(
    {
      ...margin,
      height: margin.marginTop + margin.marginBottom + rows.length * 21,
      x: { domain: [0, 1], axis: null },
      y: { type: 'band', domain: rows.map(({ key }) => key), axis: null, paddingInner: 0, paddingOuter: 0 },
      marks: [
        ...legend(keys, width, margin.marginLeft, margin.marginTop),
        text(
          rows.filter(({ size }) => size === null),
          {
            y: 'key',
            text: 'lane',
            frameAnchor: 'left',
            dx: -margin.marginLeft,
            dy: 2,
            textAnchor: 'start',
            fontWeight: 600,
          },
        ),
        text(bars, { y: 'key', text: 'size', frameAnchor: 'left', dx: -6, textAnchor: 'end', ...MUTED }),
        bar(segments.filter(({ part }) => part !== 'not split')),
        bar(segments.filter(({ part }) => part === 'not split')),
        text(
          fits.filter((one) => !plain(one)),
          { x: middle, y: 'key', text: ({ ms }: Part) => format.time(ms), fill: ON_PART, ...label },
        ),
        text(fits.filter(plain), {
          x: middle,
          y: 'key',
          text: ({ part, ms }: Part) => (part === 'not split' ? 'not split' : format.time(ms)),
          ...MUTED,
        }),
        text(bars, {
          y: 'key',
          text: (row: BarRow) => format.time(sum(row)),
          frameAnchor: 'right',
          dx: 8,
          textAnchor: 'start',
        }),
      ],
    },
    `Parts of a first call: ${group.title}, ${group.subtitle}`,
    options,
  );
}

/** A row of a chart of dots: one lane, or one of the articles' programs. */
interface DotRow {
  name: string;
  dots: { at: number; r: number; color: string; hollow: boolean; symbol: Look['symbol']; title: string }[];
  /** Text at the right end. */
  value: string;
}

/** Dots in rows on a logarithmic axis: names at the left, or above where the chart is narrow. */
function dotRows(
  rows: readonly DotRow[],
  { tickFormat, rule, axis, label }: { tickFormat(value: number): string; rule?: number; axis: string; label: string },
  options: ChartOptions,
): SVGSVGElement | null {
  const dots = rows.flatMap((row, i) => row.dots.map((one) => ({ ...one, row: i })));
  if (dots.length === 0) return null;
  const { width } = options;
  const wide = width >= WIDE;
  const step = wide ? 24 : 40;
  const names = Math.max(...rows.map(({ name }) => textWidth(name)));
  const values = Math.max(...rows.map(({ value }) => textWidth(value)));
  const top = 8;
  const margin = {
    marginTop: top + AXIS_TITLE + 18,
    marginRight: values + 14,
    marginBottom: 8,
    marginLeft: wide ? Math.min(names + 14, width / 3) : 6,
  };
  const x = log(
    [...dots.map(({ at }) => at), ...(rule === undefined ? [] : [rule])],
    [margin.marginLeft, width - margin.marginRight],
    0.04,
  );
  const spans = rows.map(({ dots }, i) => {
    const at = dots.map((one) => one.at);
    return { row: i, from: Math.min(...at), to: Math.max(...at), color: dots[0]?.color ?? 'none' };
  });
  // In a narrow chart the dots are in the lower half of their row, below the name.
  const dy = wide ? 0 : 9;
  const halfOf = (tick: number) => textWidth(tickFormat(tick)) / 2;
  const inside = logTicks(x.domain).filter((tick) => x.to(tick) > halfOf(tick) && x.to(tick) < width - halfOf(tick));
  const kept = spaced(inside.map(x.to), Math.max(44, ...inside.map((tick) => 2 * halfOf(tick) + 8))).map(
    (i) => inside[i],
  );
  const nameOptions: TextOptions = wide
    ? {
        frameAnchor: 'left',
        dx: -10,
        textAnchor: 'end',
        lineWidth: names + 14 > margin.marginLeft ? (margin.marginLeft - 12) / 12 : Infinity,
        textOverflow: 'ellipsis',
      }
    : { frameAnchor: 'left', dx: -margin.marginLeft, dy: -9, textAnchor: 'start' };
  return draw(
    {
      ...margin,
      height: margin.marginTop + margin.marginBottom + rows.length * step,
      x: { type: 'log', domain: x.domain, label: null },
      y: { type: 'band', domain: rows.map((_, i) => i), axis: null, paddingInner: 0, paddingOuter: 0 },
      marks: [
        gridX(kept, { stroke: 'currentColor', strokeOpacity: 0.14 }),
        axisX(kept, { anchor: 'top', text: tickFormat, tickSize: 0, label: null, ...MUTED }),
        text([axis], { ...corner(0, top + 9, margin.marginLeft, margin.marginTop), textAnchor: 'start', ...MUTED }),
        ...(rule === undefined ? [] : [ruleX([rule], { stroke: 'currentColor', strokeOpacity: 0.6 })]),
        text(rows, { y: (_: DotRow, i: number) => i, text: 'name', fill: 'currentColor', ...HALO, ...nameOptions }),
        link(
          spans.filter(({ from, to }) => to > from),
          { x1: 'from', x2: 'to', y: 'row', stroke: 'color', strokeOpacity: 0.45, strokeWidth: 2, dy },
        ),
        ...SYMBOLS.map((symbol) =>
          dot(
            dots.filter((one) => one.symbol === symbol),
            {
              x: 'at',
              y: 'row',
              r: ({ r }: DotRow['dots'][0]) => r,
              fill: ({ hollow, color }: DotRow['dots'][0]) => (hollow ? SURFACE : color),
              stroke: ({ hollow, color }: DotRow['dots'][0]) => (hollow ? color : 'none'),
              strokeWidth: 1.5,
              symbol,
              title: 'title',
              dy,
            },
          ),
        ),
        text(rows, {
          y: (_: DotRow, i: number) => i,
          text: 'value',
          frameAnchor: 'right',
          dx: 10,
          dy,
          textAnchor: 'start',
        }),
      ],
      r: { type: 'identity' },
    },
    label,
    options,
  );
}

/** Speed-ups of the lanes over basic, which is the rule at 1. */
function speedUpChart(group: Case, look: Map<string, Look>, options: ChartOptions): SVGSVGElement | null {
  const rows = group.lanes.flatMap((lane) => {
    if (lane === 'basic') return [];
    const { color, symbol } = look.get(lane) as Look;
    const dots = group.jobs.flatMap((job, i) => {
      const at = speedUp(job, lane);
      // The larger the picture, the larger the dot.
      const r = 3.5 + (3.5 * (i + 1)) / group.jobs.length;
      return at ? [{ at, r, color, hollow: false, symbol, title: `${lane}, ${job.size}: ${format.ratio(at)}` }] : [];
    });
    const last = dots.at(-1);
    return last ? [{ name: lane, dots, value: format.ratio(last.at) }] : [];
  });
  return dotRows(
    rows,
    {
      tickFormat: (value) => `${Number(value.toPrecision(3))} ×`,
      rule: 1,
      axis: 'times as fast as basic; a larger dot is a larger picture',
      label: `Speed-up over basic: ${group.title}, ${group.subtitle}`,
    },
    options,
  );
}

/** The articles' times as rings, ours as the lanes' symbols. */
function publishedCharts(groups: readonly Case[], look: Map<string, Look>, options: ChartOptions): Chart[] {
  return ARTICLES.flatMap((article) => {
    const rows = beside(article, groups).map(({ approach, lane, size, seconds, ours, ratio }) => {
      const { color, symbol } = look.get(lane) ?? { color: 'currentColor', symbol: 'circle' as const };
      const theirs = { at: seconds * 1000, r: 5, color: 'currentColor', hollow: true, symbol: 'circle' as const };
      // A time of other work has no place beside theirs.
      const own = ours &&
        ratio !== null && {
          at: ours.ms,
          r: 5,
          color,
          hollow: false,
          symbol,
          title: `${lane}, ${size}: ${format.time(ours.ms)}`,
        };
      return {
        name: article.figures.some((one) => one.n !== article.figures[0].n) ? `${approach}, ${size}` : approach,
        dots: [{ ...theirs, title: `${approach}, ${size}: ${seconds} s` }, ...(own ? [own] : [])],
        value: own ? lane : format.NONE,
      };
    });
    const svg = dotRows(
      rows,
      {
        tickFormat: format.tick,
        axis: 'theirs ○ and ours ●, by the lane named at the right',
        label: article.title,
      },
      options,
    );
    return svg ? [{ title: article.title, subtitle: article.machine, svg }] : [];
  });
}

/** The charts of cases that are already derived. */
export function drawCharts(groups: readonly Case[], options: ChartOptions): Charts {
  const look = looks(allLanes(groups));
  const of = (group: Case, svg: SVGSVGElement | null, title = group.title): Chart[] =>
    svg ? [{ title, subtitle: group.subtitle, svg }] : [];
  const series = (group: Case, lane: string, label: string, own: Look): Series => ({
    ...own,
    label,
    points: points(group, lane),
  });
  return {
    time: groups.flatMap((group) =>
      of(
        group,
        lines(
          group.lanes.map((lane) => series(group, lane, lane, look.get(lane) as Look)),
          lineLabel(group),
          options,
        ),
      ),
    ),
    split: groups.flatMap((group) => of(group, splitChart(group, options))),
    speedUp: groups.flatMap((group) => of(group, speedUpChart(group, look, options))),
    threads: groups.flatMap((group) =>
      families(group).flatMap(({ family, lanes }) => {
        const own = looks(lanes.map(({ threads }) => `${threads}`));
        const all = lanes.map(({ lane, threads }) =>
          series(group, lane, threads === 1 ? '1 thread' : `${threads} threads`, own.get(`${threads}`) as Look),
        );
        return of(group, lines(all, `${family} by threads. ${lineLabel(group)}`, options), `${family}: ${group.title}`);
      }),
    ),
    published: publishedCharts(groups, look, options),
  };
}
