import { describe, expect, it } from 'vitest'
import { headersFault, isSignedBy, newSecret, sign } from './signature.ts'

describe('a signature', () => {
  // The example of the Standard Webhooks specification.
  const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
  const call = { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', timestamp: '1614265330' }
  const body = Buffer.from('{"test": 2432232314}')
  const signature = 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='

  it('is the one of the specification’s example', () => {
    expect(sign(secret, call, body)).toBe(signature)
    expect(isSignedBy([secret], { ...call, signature }, body)).toBe(true)
  })

  it('may be one of several, made with the new secret or the one before', () => {
    const other = sign(newSecret(), call, body)
    expect(isSignedBy([newSecret(), secret], { ...call, signature: `${other} v1a,xyz ${signature}` }, body)).toBe(true)
    expect(isSignedBy([newSecret()], { ...call, signature: `${other} ${signature}` }, body)).toBe(false)
  })

  it('covers the id, the time and every byte', () => {
    expect(isSignedBy([secret], { ...call, id: 'msg_2', signature }, body)).toBe(false)
    expect(isSignedBy([secret], { ...call, timestamp: '1614265331', signature }, body)).toBe(false)
    expect(isSignedBy([secret], { ...call, signature }, Buffer.from('{"test": 2432232315}'))).toBe(false)
    expect(isSignedBy([secret], { ...call, signature: signature.replace('v1,', 'v2,') }, body)).toBe(false)
    expect(isSignedBy([secret], { ...call, signature: 'v1,' }, body)).toBe(false)
    expect(isSignedBy([], { ...call, signature }, body)).toBe(false)
  })

  it('is asked for with an id and a time of now', () => {
    const now = new Date('2026-05-05T12:00:00Z')
    const seconds = now.getTime() / 1000
    const at = (offset: number) =>
      headersFault({ id: 'a', timestamp: String(seconds + offset), signature: 'v1,x' }, now)
    expect([-300, 0, 300].map(at)).toEqual([null, null, null])
    expect([-301, 301].map((offset) => at(offset)?.reason)).toEqual(['stale', 'stale'])
    for (const headers of [
      {},
      { id: 'a', timestamp: String(seconds) },
      { id: 'a', timestamp: 'now', signature: 'v1,x' },
      { id: 'a', timestamp: `${seconds}e0`, signature: 'v1,x' },
      { id: 'a b', timestamp: String(seconds), signature: 'v1,x' },
      { id: 'a'.repeat(257), timestamp: String(seconds), signature: 'v1,x' },
    ])
      expect(headersFault(headers, now)?.reason).toBe('unsigned')
  })
})
