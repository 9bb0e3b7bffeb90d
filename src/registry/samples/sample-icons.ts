// Small marks drawn from a few shapes on a 64 by 64 tile.
const MARKS = {
  sun: tile('#f6b73c', '<circle cx="32" cy="32" r="12" fill="#fff"/>' + rays('#fff')),
  archive: tile('#4f6d9a', bars('#fff', [18, 28, 38])),
  branch: tile(
    '#24292f',
    stroke('#fff', 'M22 18v28M22 40c0-10 20-6 20-16') + dots('#fff', [22, 16], [22, 48], [42, 22]),
  ),
  rings: tile('#2f7d6b', ring(14) + ring(22)),
  page: tile(
    '#e9e4da',
    '<path d="M20 12h16l10 10v30H20z" fill="#4b4036"/>' + stroke('#e9e4da', 'M26 32h14M26 40h14'),
  ),
  frame: tile('#7a4fb0', '<path d="M14 46l12-16 8 10 6-7 10 13z" fill="#fff"/>' + dots('#fff', [42, 22])),
  coin: tile(
    '#1f8a4c',
    '<circle cx="32" cy="32" r="18" fill="#fff"/>' + stroke('#1f8a4c', 'M32 20v24M26 32h12'),
  ),
  wave: tile('#0f6cbf', stroke('#fff', 'M10 26c8-10 14 10 22 0s14 10 22 0M10 40c8-10 14 10 22 0s14 10 22 0')),
  bolt: tile('#c2410c', '<path d="M36 10L18 36h12l-4 18 20-28H33z" fill="#fff"/>'),
  leaf: tile('#5b8c2a', '<path d="M16 48C12 22 34 12 50 14c2 18-8 38-34 34z" fill="#fff"/>'),
  sprout: tile(
    '#15803d',
    stroke('#fff', 'M32 52V30') +
      '<path d="M32 34C32 22 22 17 11 18c0 11 8 18 21 16z" fill="#fff"/><path d="M32 27c0-9 8-15 20-14 0 11-8 16-20 14z" fill="#fff"/>',
  ),
  metro: tile('#d1315c', stroke('#fff', 'M25 12l-7 40M39 12l7 40M23 24h18M21 35h22M19 46h26')),
  cup: tile(
    '#6f4e37',
    '<path d="M16 24h26v14a10 10 0 0 1-10 10h-6a10 10 0 0 1-10-10z" fill="#fff"/>' +
      stroke('#fff', 'M42 28h4a6 6 0 0 1 0 12h-4'),
  ),
  grid: tile(
    '#334155',
    dots('#fff', [20, 20], [32, 20], [44, 20], [20, 32], [44, 32], [20, 44], [32, 44], [44, 44]),
  ),
  star: tile('#b4881c', '<path d="M32 12l6 14 15 1-12 10 4 15-13-8-13 8 4-15-12-10 15-1z" fill="#fff"/>'),
  diamond: tile(
    '#0e7490',
    '<path d="M32 10l22 22-22 22-22-22z" fill="#fff"/><path d="M32 22l10 10-10 10-10-10z" fill="#0e7490"/>',
  ),
  calendar: tile(
    '#be3455',
    '<rect x="14" y="16" width="36" height="34" rx="4" fill="#fff"/><rect x="14" y="16" width="36" height="10" fill="#7a1f36"/>' +
      dots('#be3455', [24, 36], [40, 36], [24, 44]),
  ),
} as const;

export type IconName = keyof typeof MARKS;

/** The mark as an SVG document. */
export function drawIcon(name: IconName): string {
  return MARKS[name];
}

function tile(background: string, shapes: string): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64"><rect width="64" height="64" rx="14" fill="${background}"/>${shapes}</svg>`;
}

function ring(radius: number): string {
  return `<circle cx="32" cy="32" r="${radius}" fill="none" stroke="#fff" stroke-width="4"/>`;
}

function stroke(colour: string, path: string): string {
  return `<path d="${path}" fill="none" stroke="${colour}" stroke-width="4" stroke-linecap="round"/>`;
}

function dots(colour: string, ...centres: [x: number, y: number][]): string {
  return centres.map(([x, y]) => `<circle cx="${x}" cy="${y}" r="4" fill="${colour}"/>`).join('');
}

function bars(colour: string, tops: number[]): string {
  return tops.map((y) => `<rect x="16" y="${y}" width="32" height="6" rx="2" fill="${colour}"/>`).join('');
}

function rays(colour: string): string {
  const path = 'M32 8v6M32 50v6M8 32h6M50 32h6M15 15l4 4M45 45l4 4M15 49l4-4M45 19l4-4';
  return stroke(colour, path);
}
