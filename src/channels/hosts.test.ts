import { describe, expect, it } from 'vitest'
import { checkHost, HostRefused, isPortAllowed, normalHost } from './hosts.ts'

const reasonOf = (host: string, port = 25, list: string[] = []) =>
  checkHost(host, port, list).then(
    () => 'allowed',
    (error) => (error instanceof HostRefused ? error.reason : error),
  )

describe('checkHost', () => {
  it.each([
    '127.0.0.1',
    '2130706433',
    '0x7f000001',
    '127.1',
    '10.0.0.1',
    '172.16.3.4',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '0.0.0.0',
    '192.0.0.1',
    '198.18.0.1',
    '224.0.0.1',
    '240.0.0.1',
    '255.255.255.255',
    '::1',
    '::ffff:127.0.0.1',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    '2001::1',
    'fc00::1',
    'fe80::1',
    'localhost',
  ])('refuses %s, which is not on the public internet', async (host) => {
    expect(await reasonOf(host)).toBe('private')
  })

  it('allows what the operator listed with its port, and no other port', async () => {
    expect(await reasonOf('127.0.0.1', 2525, ['127.0.0.1:2525'])).toBe('allowed')
    expect(await reasonOf('localhost', 2525, ['LOCALHOST:2525'])).toBe('allowed')
    expect(await reasonOf('::1', 2525, ['[::1]:2525'])).toBe('allowed')
    expect(await reasonOf('127.0.0.1', 25, ['127.0.0.1:2525'])).toBe('private')
  })

  it('takes public addresses', async () => {
    expect(await checkHost('8.8.8.8', 25, [])).toEqual({ address: '8.8.8.8', name: '8.8.8.8', isPrivate: false })
    expect(await reasonOf('2001:4860:4860::8888')).toBe('allowed')
  })

  it.each(['', 'a b', 'host/path', 'user@host', 'host?x', 'http://x'])(
    'refuses “%s”, which is no host name',
    (host) => {
      expect(() => normalHost(host)).toThrow(HostRefused)
    },
  )

  it('takes mail ports, and others only with their host on the list', () => {
    expect(isPortAllowed([], 'smtp.example.com', 587)).toBe(true)
    expect(isPortAllowed([], 'smtp.example.com', 22)).toBe(false)
    expect(isPortAllowed(['127.0.0.1:4025'], '127.0.0.1', 4025)).toBe(true)
  })
})
