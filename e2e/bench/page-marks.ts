/** What a page itself measures; put into it before it loads. Times are milliseconds since its navigation began. */
interface PageMarks {
  rowsVisible: number;
  firstPaint: number;
  largestPaint: number;
  layoutShift: number;
}

declare global {
  interface Window {
    marks: PageMarks;
    /** Settles with the milliseconds from what the person did to what it changed. */
    elapsed: Promise<number>;
  }
}

/** A row of the list. */
export const ROW = 'main a[href^="/servers/"]';

/** Runs in the page: measures when it paints, when the first row is there, and what moves. */
export function collectMarks(row: string): void {
  const marks: PageMarks = {
    rowsVisible: Number.NaN,
    firstPaint: Number.NaN,
    largestPaint: Number.NaN,
    layoutShift: 0,
  };
  window.marks = marks;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntriesByName('first-contentful-paint')) marks.firstPaint = entry.startTime;
  }).observe({ type: 'paint', buffered: true });
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) marks.largestPaint = entry.startTime;
  }).observe({ type: 'largest-contentful-paint', buffered: true });
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries())
      marks.layoutShift += (entry as PerformanceEntry & { value: number }).value;
  }).observe({ type: 'layout-shift', buffered: true });
  const watch = (): void => {
    if (document.querySelector(row) === null) requestAnimationFrame(watch);
    else marks.rowsVisible = performance.now();
  };
  watch();
}
