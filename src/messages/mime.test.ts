import fc from 'fast-check'
import PostalMime from 'postal-mime'
import { describe, expect, it } from 'vitest'
import { type MimeParts, writeMime } from './mime.ts'

const parts = (more: Partial<MimeParts> = {}): MimeParts => ({
  from: { name: 'Team', address: 'team@example.com' },
  to: 'ada@example.org',
  subject: 'Hello',
  messageId: '<1.abc@example.com>',
  date: new Date('2026-11-23T10:00:00Z'),
  headers: {},
  text: 'Hello',
  html: '<p>Hello</p>',
  ...more,
})

const read = (made: MimeParts) => PostalMime.parse(writeMime(made))
const lines = (made: MimeParts) => Buffer.from(writeMime(made)).toString('latin1').split('\r\n')
const oneLine = fc.string({ unit: 'grapheme', maxLength: 300 }).map((text) =>
  text
    .replace(/\p{C}|\p{Z}+/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim(),
)

describe('writeMime', () => {
  it('writes what a mail program reads back', async () => {
    const made = parts({
      from: { name: 'Zoë "Z" O’Neil, Ltd.', address: 'zoe@example.com' },
      subject: `Grüße an ${'Müller '.repeat(30)}`.trim(),
      headers: { 'List-Unsubscribe': `<https://x.example/${'u'.repeat(120)}>`, References: '<a@b> <c@d>' },
      text: 'Ein Text = mehr\n\n.Punkt am Anfang \nFrom here',
      html: `<p>${'ä'.repeat(500)}</p>`,
    })
    const mail = await read(made)
    expect(mail.from).toEqual({ name: made.from.name, address: made.from.address })
    expect(mail.to).toEqual([{ name: '', address: 'ada@example.org' }])
    expect(mail.subject).toBe(made.subject)
    expect(mail.messageId).toBe(made.messageId)
    expect(mail.date).toBe('2026-11-23T10:00:00.000Z')
    expect(mail.text?.replaceAll('\r\n', '\n').trimEnd()).toBe(made.text)
    expect(mail.html?.trimEnd()).toBe(made.html)
    const header = (key: string) => mail.headers.find((one) => one.key === key)?.value
    expect(header('list-unsubscribe')).toBe(made.headers['List-Unsubscribe'])
    expect(header('references')).toBe('<a@b> <c@d>')
  })

  it('keeps lines within 76 characters, in ASCII, and ends them all with CRLF', () => {
    const made = parts({
      subject: 'ü'.repeat(400),
      text: `${'x'.repeat(75)}=\n${'ö'.repeat(300)}\n${' '.repeat(200)}\n`,
      html: 'y'.repeat(5000),
    })
    for (const line of lines(made)) {
      expect(line.length).toBeLessThanOrEqual(76)
      expect(line).toMatch(/^[\x20-\x7e]*$/)
    }
  })

  it('brings any subject, name and body through', async () => {
    await fc.assert(
      fc.asyncProperty(
        oneLine,
        oneLine,
        fc.string({ unit: 'grapheme', maxLength: 2000 }),
        async (subject, name, text) => {
          const body = text.replace(/\r\n?/g, '\n').replaceAll('\0', '')
          const mail = await read(
            parts({ subject, from: { name, address: 'team@example.com' }, text: `${body}|`, html: `<p>${body}|` }),
          )
          expect(mail.subject ?? '').toBe(subject)
          expect(mail.from?.address).toBe('team@example.com')
          expect(mail.from?.name).toBe(name)
          expect(mail.text?.replaceAll('\r\n', '\n').trimEnd()).toBe(`${body}|`)
        },
      ),
      { numRuns: 300 },
    )
  })
})
