/** The colours by which an operator may tell desks apart; each is defined, light and dark, in `web/ui/desk-accents.css`. */
export const DESK_ACCENTS = ['red', 'orange', 'amber', 'green', 'teal', 'blue', 'violet', 'pink'] as const;
type DeskAccent = (typeof DESK_ACCENTS)[number];

/** How the operator tells this desk apart from others. */
export interface DeskLook {
  /** As `Production`; null where none was set. */
  name: string | null;
  accent: DeskAccent | null;
}

/** The attributes of the page's root element that hold it, so that the very first paint has it. */
export const DESK_ATTRIBUTES = { name: 'data-desk', accent: 'data-accent' } as const;
