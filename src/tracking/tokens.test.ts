import { describe, expect, it } from 'vitest'
import { createKeyring } from '../keyring.ts'
import { clickToken, type LinkPurpose, linkToken, readToken } from './tokens.ts'

const keys = createKeyring(['a'.repeat(64)])
const target = { workspaceId: 7, messageId: 123_456_789 }
const purposes: LinkPurpose[] = ['open', 'click', 'unsubscribe', 'preferences']

describe('link tokens', () => {
  it('come back as what they were made of, for their own purpose alone', () => {
    for (const made of purposes) {
      const token = linkToken(keys, made, target)
      for (const asked of purposes) {
        expect(readToken(keys, asked, token)).toEqual(asked === made ? { ...target, position: -1 } : null)
      }
    }
  })

  it('carry a link’s position behind one signature', () => {
    const signed = linkToken(keys, 'click', target)
    expect(readToken(keys, 'click', clickToken(signed, 41))).toEqual({ ...target, position: 41 })
  })

  it('are refused when workspace, message or signature was changed', () => {
    const [workspace, message, signature] = linkToken(keys, 'open', target).split('.')
    for (const forged of [
      `8.${message}.${signature}`,
      `${workspace}.1.${signature}`,
      `${workspace}.${message}.${'A'.repeat(22)}`,
      `${workspace}.${message}`,
      `${workspace}.${message}.${signature}x`,
      '',
      '../../etc',
      `${'z'.repeat(500)}.1.${signature}`,
    ]) {
      expect(readToken(keys, 'open', forged)).toBeNull()
    }
  })

  it('outlive a rotation of the key, and no longer', () => {
    const token = linkToken(keys, 'unsubscribe', target)
    expect(readToken(createKeyring(['b'.repeat(64), 'a'.repeat(64)]), 'unsubscribe', token)).not.toBeNull()
    expect(readToken(createKeyring(['b'.repeat(64)]), 'unsubscribe', token)).toBeNull()
  })
})
