import { type Attrs, type DOMOutputSpec, type Node, Schema } from 'prosemirror-model'
import { inkOn } from './blocks.ts'

/** Attributes of an element that are kept as they were. */
export type Kept = Readonly<Record<string, string | null>>

/** How a button looks; its words are its content. */
export interface ButtonLook {
  href: string
  color: string
  align: 'left' | 'center' | 'right'
}

/** What may be shown of a kept style: looks, nothing that could leave its place on the page. */
const shown = new Set([
  ...['color', 'background-color', 'font-size', 'font-weight', 'font-style', 'font-family', 'line-height'],
  ...['text-align', 'text-decoration', 'text-transform', 'letter-spacing'],
  ...['padding', 'padding-top', 'padding-right', 'padding-bottom', 'padding-left', 'border-radius', 'border'],
])

/** The part of kept attributes that the editor shows. */
export function shownStyle(kept: Kept): string | undefined {
  const style = (kept.style ?? '')
    .split(';')
    .filter(
      (rule) => shown.has(rule.split(':')[0]?.trim().toLowerCase() ?? '') && !/url\(|expression|var\(/i.test(rule),
    )
    .join(';')
  const align = kept.align && /^(left|center|right)$/i.test(kept.align) ? `text-align:${kept.align};` : ''
  return align + style || undefined
}

/**
 * What a copied piece takes along beyond its looks: kept by this tab under a number, so that nothing that comes from elsewhere can claim
 * to be something kept (paste.ts).
 */
const carried: unknown[] = []
const carry = (value: unknown): string => {
  const known = carried.indexOf(value)
  return String(known === -1 ? carried.push(value) - 1 : known)
}
const carriedBy = (element: HTMLElement): Attrs | false => {
  const found = carried[Number(element.dataset.carried ?? 'none')]
  return found === undefined ? false : (found as Attrs)
}
const withKept = (
  node: Pick<Node, 'attrs'>,
  more: Record<string, string> = {},
): Record<string, string | undefined> => ({
  ...more,
  style: shownStyle(node.attrs.kept as Kept),
  dir: 'auto',
  'data-carried': carry(node.attrs),
})
const kept = { default: {} as Kept }
const attrsOr = (fallback: Attrs) => (element: HTMLElement) => carriedBy(element) || fallback

/**
 * What Write mode can hold. Attributes of what is understood are kept as they were; a piece that is not understood is one thing that can be
 * moved and removed (`keptBlock`, `keptInline`).
 */
export const schema = new Schema({
  nodes: {
    doc: { content: 'block+', attrs: { before: { default: '' }, after: { default: '' } } },
    // `tag`: null is what its place suggests, a <p> or nothing in a list; 'bare' is text without an element of its own.
    paragraph: {
      group: 'block',
      content: 'inline*',
      attrs: { tag: { default: null }, kept },
      parseDOM: [{ tag: 'p', getAttrs: attrsOr({}) }],
      toDOM: (node): DOMOutputSpec => ['p', withKept(node), 0],
    },
    heading: {
      group: 'block',
      content: 'inline*',
      attrs: { level: { default: 2 }, kept },
      defining: true,
      parseDOM: [1, 2, 3, 4, 5, 6].map((level) => ({ tag: `h${level}`, getAttrs: attrsOr({ level }) })),
      toDOM: (node): DOMOutputSpec => [`h${node.attrs.level}`, withKept(node), 0],
    },
    blockquote: {
      group: 'block',
      content: 'block+',
      attrs: { kept },
      parseDOM: [{ tag: 'blockquote', getAttrs: attrsOr({}) }],
      toDOM: (node): DOMOutputSpec => ['blockquote', withKept(node), 0],
    },
    // A <div> and its like around others.
    box: {
      group: 'block',
      content: 'block+',
      attrs: { tag: { default: 'div' }, kept },
      parseDOM: [{ tag: 'div[data-carried]', getAttrs: carriedBy }],
      toDOM: (node): DOMOutputSpec => ['div', withKept(node, { class: 'tl-write-box' }), 0],
    },
    bulletList: {
      group: 'block',
      content: 'listItem+',
      attrs: { kept },
      parseDOM: [{ tag: 'ul', getAttrs: attrsOr({}) }],
      toDOM: (node): DOMOutputSpec => ['ul', withKept(node), 0],
    },
    orderedList: {
      group: 'block',
      content: 'listItem+',
      attrs: { kept },
      parseDOM: [{ tag: 'ol', getAttrs: attrsOr({}) }],
      toDOM: (node): DOMOutputSpec => [
        'ol',
        withKept(node, node.attrs.kept.start ? { start: node.attrs.kept.start } : {}),
        0,
      ],
    },
    listItem: {
      content: 'paragraph block*',
      attrs: { kept },
      defining: true,
      parseDOM: [{ tag: 'li', getAttrs: attrsOr({}) }],
      toDOM: (node): DOMOutputSpec => ['li', withKept(node), 0],
    },
    rule: {
      group: 'block',
      attrs: { kept },
      parseDOM: [{ tag: 'hr', getAttrs: attrsOr({}) }],
      toDOM: (node): DOMOutputSpec => ['hr', { 'data-carried': carry(node.attrs) }],
    },
    button: {
      group: 'block',
      content: '(text | variable)*',
      marks: '',
      attrs: { href: { default: '' }, color: { default: '#4338ca' }, align: { default: 'left' } },
      defining: true,
      isolating: true,
      parseDOM: [{ tag: 'div.tl-write-button', getAttrs: carriedBy, contentElement: 'span' }],
      toDOM: (node): DOMOutputSpec => [
        'div',
        { class: 'tl-write-button', style: `text-align:${node.attrs.align}`, 'data-carried': carry(node.attrs) },
        ['span', { style: `background-color:${node.attrs.color};color:${inkOn(node.attrs.color)}` }, 0],
      ],
    },
    columns: {
      group: 'block',
      content: 'column{2,3}',
      // As columns were written before; only while a text is read (read.ts).
      attrs: { asCells: { default: false } },
      isolating: true,
      parseDOM: [{ tag: 'div.tl-write-columns' }],
      toDOM: (): DOMOutputSpec => ['div', { class: 'tl-write-columns' }, 0],
    },
    column: {
      content: 'block+',
      isolating: true,
      parseDOM: [{ tag: 'div.tl-write-column' }],
      toDOM: (): DOMOutputSpec => ['div', { class: 'tl-write-column' }, 0],
    },
    keptBlock: {
      group: 'block',
      atom: true,
      attrs: { code: {} },
      parseDOM: [{ tag: 'div.tl-kept[data-carried]', getAttrs: carriedBy, priority: 60 }],
      toDOM: (node): DOMOutputSpec => ['div', { class: 'tl-kept', 'data-carried': carry(node.attrs) }, node.attrs.code],
    },
    text: { group: 'inline' },
    variable: {
      group: 'inline',
      inline: true,
      atom: true,
      attrs: { code: {} },
      parseDOM: [{ tag: 'span.tl-chip[data-carried]', getAttrs: carriedBy, priority: 60 }],
      // As its Liquid: so it arrives in another program.
      toDOM: (node): DOMOutputSpec => [
        'span',
        { class: 'tl-chip', 'data-carried': carry(node.attrs) },
        node.attrs.code,
      ],
      leafText: (node) => String(node.attrs.code),
    },
    keptInline: {
      group: 'inline',
      inline: true,
      atom: true,
      attrs: { code: {} },
      parseDOM: [{ tag: 'span.tl-kept[data-carried]', getAttrs: carriedBy, priority: 60 }],
      toDOM: (node): DOMOutputSpec => [
        'span',
        { class: 'tl-kept', 'data-carried': carry(node.attrs) },
        node.attrs.code,
      ],
      leafText: (node) => String(node.attrs.code),
    },
    image: {
      group: 'inline',
      inline: true,
      attrs: { kept },
      draggable: true,
      parseDOM: [
        {
          tag: 'img[src]',
          getAttrs: (element) => {
            const src = element.getAttribute('src') ?? ''
            if (element.dataset.carried) return carriedBy(element)
            // A picture of the other program's own (file:, data: of any size) would reach nobody.
            return /^https?:\/\//i.test(src) ? { kept: { src, alt: element.getAttribute('alt') ?? '' } } : false
          },
        },
      ],
      toDOM: (node): DOMOutputSpec => [
        'img',
        {
          src: String(node.attrs.kept.src ?? ''),
          alt: String(node.attrs.kept.alt ?? ''),
          'data-carried': carry(node.attrs),
        },
      ],
    },
    break: {
      group: 'inline',
      inline: true,
      selectable: false,
      attrs: { kept },
      parseDOM: [{ tag: 'br' }],
      toDOM: (): DOMOutputSpec => ['br'],
      leafText: () => '\n',
    },
  },
  // In the order in which they lie around a text, from the outside.
  marks: {
    link: {
      attrs: { kept },
      inclusive: false,
      parseDOM: [
        {
          tag: 'a[href]',
          getAttrs: (element) => {
            if (element.dataset.carried) return carriedBy(element)
            const href = element.getAttribute('href') ?? ''
            return /^(https?:|mailto:|tel:|\{\{)/i.test(href) ? { kept: { href } } : false
          },
        },
      ],
      toDOM: (mark): DOMOutputSpec => [
        'a',
        {
          ...(/^(https?:|mailto:|tel:)/i.test(mark.attrs.kept.href) && { href: mark.attrs.kept.href }),
          title: mark.attrs.kept.href,
          style: shownStyle(mark.attrs.kept as Kept),
          'data-carried': carry(mark.attrs),
        },
        0,
      ],
    },
    // <span>, <font> and their like with what they say about looks.
    styled: {
      attrs: { tag: { default: 'span' }, kept },
      excludes: '',
      parseDOM: [{ tag: 'span.tl-styled[data-carried]', getAttrs: carriedBy, priority: 60 }],
      toDOM: (mark): DOMOutputSpec => [
        ['sup', 'sub', 'code', 'small', 'big', 'b', 'i'].includes(mark.attrs.tag) ? mark.attrs.tag : 'span',
        {
          class: 'tl-styled',
          style: [colorOf(mark.attrs.kept as Kept), shownStyle(mark.attrs.kept as Kept)].filter(Boolean).join(';'),
          'data-carried': carry(mark.attrs),
        },
        0,
      ],
    },
    bold: {
      parseDOM: [
        { tag: 'strong' },
        // What Google Docs wraps around all that is copied.
        { tag: 'b', getAttrs: (element) => element.style.fontWeight !== 'normal' && null },
        { style: 'font-weight', getAttrs: (value) => /^(bold(er)?|[6-9]\d{2})$/.test(value) && null },
        { style: 'font-weight=400', clearMark: (mark) => mark.type.name === 'bold' },
      ],
      toDOM: (): DOMOutputSpec => ['strong', 0],
    },
    italic: {
      parseDOM: [{ tag: 'em' }, { tag: 'i' }, { style: 'font-style=italic' }],
      toDOM: (): DOMOutputSpec => ['em', 0],
    },
    underline: { parseDOM: [{ tag: 'u' }], toDOM: (): DOMOutputSpec => ['u', 0] },
    strike: { parseDOM: [{ tag: 's' }, { tag: 'del' }], toDOM: (): DOMOutputSpec => ['s', 0] },
  },
})

/** The colour of a <font>. */
const colorOf = ({ color }: Kept): string => (color && /^[#\w]+$/.test(color) ? `color:${color}` : '')
