import { z } from 'zod'

/** What a list of customers can be ordered by: when they were added, a field, the score on a product, or an attribute. */
export type CustomerOrder =
  | { by: 'added'; descending: boolean }
  | { by: 'name' | 'email' | 'country' | 'company' | 'updated'; descending: boolean }
  | { by: 'score'; productId: string; descending: boolean }
  | { by: 'attribute'; key: string; descending: boolean }

const named = ['name', 'email', 'country', 'company', 'updated'] as const
const uuid = z.uuid()

/** Reads `newest`, `oldest` (`-added`, `added`), `name`, `-name`, `score:<product>`, `-attributes.plan`, …; null for what is none of these. */
function readOrder(text: string): CustomerOrder | null {
  if (text === 'newest' || text === 'oldest') return { by: 'added', descending: text === 'newest' }
  const descending = text.startsWith('-')
  const what = descending ? text.slice(1) : text
  if (what === 'added') return { by: 'added', descending }
  const field = named.find((one) => one === what)
  if (field) return { by: field, descending }
  if (what.startsWith('attributes.') && what.length > 'attributes.'.length) {
    return { by: 'attribute', key: what.slice('attributes.'.length), descending }
  }
  const productId = what.startsWith('score:') ? uuid.safeParse(what.slice('score:'.length)).data : undefined
  return productId === undefined ? null : { by: 'score', productId, descending }
}

/** The `sort` of a list of customers. */
export const customerSort = z
  .string()
  .max(300)
  .default('newest')
  .transform((text, context): CustomerOrder => {
    const order = readOrder(text)
    if (order) return order
    context.addIssue({
      code: 'custom',
      message: `Sort by newest, oldest, added, ${named.join(', ')}, score:<product id> or attributes.<key>; - before one turns it round.`,
      params: { code: 'unknown_sort' },
    })
    return z.NEVER
  })
  .meta({
    description:
      '`newest`, `oldest`, `added`, `name`, `email`, `country`, `company`, `updated`, `score:<product id>`, `attributes.<key>`; `-name` turns it round. Who lacks the value comes last.',
  })
