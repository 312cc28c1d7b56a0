import { checkTemplate } from '../workflow/template.ts'

/** A fault in a template's text. It is said and does not keep the text from being saved: half-written work is not lost. */
export interface TextProblem {
  field: 'subject' | 'body'
  code: string
  message: string
}

/** What is wrong with the Liquid of a template. The prompt of an AI is plain text and never read as Liquid. */
export function checkTexts(template: { channel: string; subject: string; body: string }): TextProblem[] {
  if (template.channel === 'ai') return []
  return (['subject', 'body'] as const).flatMap((field) =>
    checkTemplate(template[field], { mode: 'full' }).problems.map(({ code, message }) => ({ field, code, message })),
  )
}
