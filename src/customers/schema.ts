import { z } from 'zod'
import type { CompanyHint, CustomerValues } from './customer.ts'
import {
  attributesFault,
  cleanTags,
  emailFault,
  type Fault,
  isDomain,
  linkFault,
  maxFieldLength,
  normalizeDomain,
  tagsFault,
  timezoneFault,
  timezoneNamed,
} from './fields.ts'

/** Says a Fault of the pure rules in zod's words; http/input.ts takes code and message from there. */
const check =
  <Value>(faultOf: (value: Value) => Fault | null) =>
  (context: z.core.ParsePayload<Value>): void => {
    const fault = faultOf(context.value)
    if (fault === null) return
    context.issues.push({
      code: 'custom',
      input: context.value,
      message: fault.message,
      params: { code: fault.code },
    })
  }

const text = z.string().trim().max(maxFieldLength, `At most ${maxFieldLength} characters.`)
/** An empty text says the same as null: nothing. */
const optionalText = text
  .transform((value) => (value === '' ? null : value))
  .nullable()
  .optional()

const email = text
  .check(check((value: string) => (value === '' ? null : emailFault(value))))
  .transform((value) => (value === '' ? null : value))
  .nullable()
  .optional()

const timezone = text
  .check(check((value: string) => (value === '' ? null : timezoneFault(value))))
  .transform((value) => (value === '' ? null : timezoneNamed(value)))
  .nullable()
  .optional()

const linkedinUrl = text
  .check(check((value: string) => linkFault(value)))
  .transform((value) => (value === '' ? null : value))
  .nullable()
  .optional()

/** A list of tag names, trimmed and without repeats. */
const tagNames = z
  .array(z.string().max(1000))
  .max(1000)
  .transform(cleanTags)
  .check(check((tags: string[]) => tagsFault(tags)))

const attributes = z
  .record(z.string(), z.unknown())
  .check(check((value: Record<string, unknown>) => attributesFault(value)))

const domain = text.transform(normalizeDomain).refine((value) => value === '' || isDomain(value), {
  message: 'Write a domain as in acme.example.',
  params: { code: 'invalid_domain' },
})

/** A company inside a customer. */
const companyHint = z
  .strictObject({ name: text.nullable().optional(), domain: domain.nullable().optional(), industry: optionalText })
  .refine(({ name, domain: host }) => Boolean(name) || Boolean(host), {
    message: 'Give the company’s name or domain.',
    params: { code: 'required' },
  })
  .transform(
    ({ name, domain: host, industry }): CompanyHint => ({
      name: name || null,
      domain: host || null,
      industry: industry ?? null,
    }),
  )

const fields = {
  firstName: optionalText,
  lastName: optionalText,
  email,
  phone: optionalText,
  telegramChatId: optionalText,
  linkedinUrl,
  language: optionalText,
  country: optionalText,
  timezone,
  tags: tagNames.optional(),
  attributes: attributes.optional(),
  companyId: z.uuid().nullable().optional(),
  company: companyHint.nullable().optional(),
  externalId: optionalText,
  trackingConsent: z.enum(['yes', 'no']).nullable().optional(),
  claimedBy: z.uuid().nullable().optional(),
}

/** What others write of a customer (API.md, "Shapes that others write"). Fields left out stay as they are; null clears. */
export const customerInput = z
  .strictObject(fields)
  .refine(({ companyId, company }) => companyId === undefined || company === undefined, {
    message: 'Give either companyId or company.',
    path: ['company'],
    params: { code: 'ambiguous' },
  })
export type CustomerInput = z.output<typeof customerInput>

/** The fields of an input that are given, without the company, which needs the database. */
export function givenValues(input: CustomerInput): Partial<CustomerValues> {
  const { company: _, ...rest } = input
  return Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined))
}
