import { z } from 'zod'
import { expectations } from '../simulate/expectations.ts'
import { campaignFile } from './format.ts'

/** The published JSON Schemas (2020-12) of files that people write, by their place in docs/. */
export const fileSchemas: Readonly<Record<string, Record<string, unknown>>> = {
  'campaign-file.schema.json': z.toJSONSchema(campaignFile, { io: 'input' }),
  'campaign-expectations.schema.json': z.toJSONSchema(expectations, { io: 'input' }),
}

/** How a schema is written to its file. */
export const schemaText = (schema: Record<string, unknown>): string => `${JSON.stringify(schema, null, 2)}\n`
