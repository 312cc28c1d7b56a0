import { z } from 'zod'
import { defineTrigger } from './kind.ts'

export default defineTrigger({
  type: 'manual',
  config: z.strictObject({}).default({}),
  byItself: false,
  sentence: () => 'When somebody presses Run now',
})
