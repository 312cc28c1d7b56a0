/**
 * What is drawn depends on how far away it is: all of a card, a card without its small print (by CSS alone: UX §4.17, rule 3), or outlines.
 */

/** How thick lines are drawn, in canvas pixels: 1.2 to 2.4 px on the screen, by steps, so that few movements draw all lines anew. */
const lineWidth = (zoom: number): number => Math.max(2, 2 ** Math.ceil(Math.log2(1.2 / zoom)))

/** Below this zoom the small print is hidden, by CSS alone (UX §4.17, rule 3). */
const quietBelow = 0.45
/** Below this zoom a card is some 70 px wide and its text 4 px high: only outlines are drawn. */
const farBelow = 0.3

/** Whether everything is so far away that nothing on it could be read: then only outlines are drawn. */
export const isFar = (zoom: number): boolean => zoom < farBelow

/** What the element around the canvas says of a zoom: how thick lines are, and whether the small print shows. */
export const distanceOf = (zoom: number): { 'data-zoom': 'far' | 'near'; style: { '--tl-line-width': string } } => ({
  'data-zoom': zoom < quietBelow ? 'far' : 'near',
  style: { '--tl-line-width': `${lineWidth(zoom)}` },
})
