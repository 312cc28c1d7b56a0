import type { Locator } from 'playwright-core'

/** What a text field holds, its chips as Liquid: of one with chips, of a plain one, and of one that is not there yet ''. */
export const liquidOf = async (field: Locator): Promise<string> =>
  await field.evaluate((element) => {
    if ('value' in element) return String(element.value)
    const said = (node: { childNodes: unknown; textContent: string | null }): string =>
      Array.from(node.childNodes as ArrayLike<typeof node & { dataset?: { liquid?: string } }>)
        .map((one) => one.dataset?.liquid ?? (one.childNodes && one.dataset ? said(one) : (one.textContent ?? '')))
        .join('')
    return Array.from(element.children as ArrayLike<Parameters<typeof said>[0]>)
      .map(said)
      .join('\n')
  })
