import { z } from 'zod'

/** A query parameter that carries JSON of a schema: rules, an audience. */
export const jsonText = <Schema extends z.ZodType>(schema: Schema) =>
  z
    .string()
    .max(20_000)
    .transform((text, context): unknown => {
      try {
        return JSON.parse(text)
      } catch {
        context.addIssue({ code: 'custom', message: 'Must be JSON.', params: { code: 'malformed' } })
        return z.NEVER
      }
    })
    .pipe(schema as z.ZodType<z.output<Schema>>)
