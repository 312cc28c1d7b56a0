import { describe, expect, it } from 'vitest'
import { type Hit, judgeClicks, type StoredHit, verdictAtHit } from './classify.ts'

const chrome =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36'
const hit = (more: Partial<Hit>): Hit => ({
  kind: 'open',
  method: 'GET',
  userAgent: chrome,
  purpose: null,
  sinceAcceptedMs: 60_000,
  ...more,
})

describe('verdictAtHit', () => {
  it.each<[string, Partial<Hit>, string]>([
    ['an open in a browser', {}, 'human'],
    ['an open without an agent', { userAgent: null }, 'human'],
    ['an open by Apple’s privacy proxy', { userAgent: 'Mozilla/5.0' }, 'proxy'],
    [
      'an open through Google’s cache, later',
      { userAgent: 'Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)' },
      'human',
    ],
    ['an open through Google’s cache, at once', { userAgent: 'x GoogleImageProxy', sinceAcceptedMs: 3_000 }, 'machine'],
    ['a HEAD', { method: 'HEAD' }, 'machine'],
    ['a prefetch', { purpose: 'prefetch' }, 'machine'],
    ['a prefetch that says so the new way', { purpose: 'prefetch;prerender' }, 'machine'],
    ['a click in a browser', { kind: 'click' }, 'pending'],
    ['a click by a gateway', { kind: 'click', userAgent: 'Mimecast URL Protect' }, 'machine'],
    ['a click by a script', { kind: 'click', userAgent: 'python-requests/2.31' }, 'machine'],
    ['a HEAD on a click link', { kind: 'click', method: 'HEAD' }, 'machine'],
    ['the unsubscribe page', { kind: 'unsubscribe_page' }, 'pending'],
  ])('takes %s as such', (_, more, verdict) => {
    expect(verdictAtHit(hit(more))).toBe(verdict)
  })
})

let nextId = 1
const click = (atMs: number, link = 0, more: Partial<StoredHit> = {}): StoredHit => ({
  id: nextId++,
  kind: 'click',
  link,
  network: '198.51.100.0/24',
  verdict: 'pending',
  atMs,
  crowded: false,
  ...more,
})
const judged = (hits: StoredHit[], links = 5) => [...judgeClicks(hits, { links, acceptedAtMs: 0 }).values()]

describe('judgeClicks', () => {
  it('takes one click some time after the message as a person’s', () => {
    expect(judged([click(60_000)])).toEqual(['human'])
    expect(judged([click(60_000)], 1)).toEqual(['human'])
  })

  it('takes a second click on another link a minute later as the same person', () => {
    expect(judged([click(60_000, 0), click(150_000, 1)])).toEqual(['human', 'human'])
  })

  it('takes links followed within two seconds as a machine’s, all of them', () => {
    expect(judged([click(60_000, 0), click(61_000, 1)])).toEqual(['machine', 'machine'])
  })

  it('takes a double click on one link as a person’s', () => {
    expect(judged([click(60_000, 0), click(60_400, 0)])).toEqual(['human', 'human'])
  })

  it('takes most links within a minute as a machine’s', () => {
    expect(judged([0, 1, 2, 3].map((link) => click(60_000 + link * 10_000, link)))).toEqual([
      'machine',
      'machine',
      'machine',
      'machine',
    ])
  })

  it('takes a network that goes over a campaign as a machine', () => {
    expect(judged([click(60_000, 0, { crowded: true })])).toEqual(['machine'])
  })

  it('takes a click in one breath with the unsubscribe page as a machine’s', () => {
    expect(judged([click(60_000), click(60_500, 0, { kind: 'unsubscribe_page', link: null })])).toEqual([
      'machine',
      'machine',
    ])
  })

  it('takes a click seconds after acceptance as a machine’s, unless a person comes from elsewhere', () => {
    expect(judged([click(3_000)])).toEqual(['machine'])
    expect(judged([click(3_000), click(200_000, 0, { network: '203.0.113.0/24' })])).toEqual(['human', 'human'])
    expect(judged([click(3_000), click(4_000, 0)])).toEqual(['machine', 'machine'])
  })

  it('leaves alone what was judged before', () => {
    expect(judged([click(60_000, 0, { verdict: 'machine' })])).toEqual([])
  })
})
