import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

/** What the server answers itself; the rest belongs to the web app's router. */
const ownPaths = /^\/(api|t|u|p|hooks|health|ready|metrics|assets)(\/|\?|$)/

const missing = `<!doctype html><meta charset="utf-8"><title>Throughline</title>
<p>The API is running, but the web app has not been built. Run <code>npm run build</code>, then reload this page.</p>`

/**
 * Serves the built web app from `webDir`: hashed assets for ever, the page always fresh. Where the build left a compressed copy beside a
 * file (web/precompress.ts), who can read it gets that one.
 */
export async function serveWebApp(server: FastifyInstance, webDir: string): Promise<void> {
  if (!existsSync(join(webDir, 'index.html'))) return
  await server.register(fastifyStatic, {
    root: webDir,
    wildcard: false,
    index: false,
    cacheControl: false,
    preCompressed: true,
    setHeaders(reply, path) {
      const immutable = /[\\/]assets[\\/]/.test(path)
      reply.header('cache-control', immutable ? 'public, max-age=31536000, immutable' : 'no-cache')
    },
  })
}

/** Whether a request without a route of ours is for a page of the web app (its router knows the path). */
export const isForWebApp = (request: FastifyRequest): boolean =>
  (request.method === 'GET' || request.method === 'HEAD') && !ownPaths.test(request.url) && acceptsPage(request)

/** By name; or who takes anything (curl, or no header at all) and asks for neither JSON nor a file. */
function acceptsPage({ headers: { accept = '*/*' }, url }: FastifyRequest): boolean {
  if (accept.includes('text/html')) return true
  return accept.includes('*/*') && !accept.includes('json') && !/\.\w+(\?|$)/.test(url)
}

/** Sends the app's page, read anew each time: a build while the server runs must not leave links to old assets. */
export async function sendPage(reply: FastifyReply, webDir: string): Promise<FastifyReply> {
  reply.type('text/html; charset=utf-8').header('cache-control', 'no-cache')
  try {
    return reply.send(await readFile(join(webDir, 'index.html'), 'utf8'))
  } catch {
    return reply.code(503).send(missing)
  }
}
