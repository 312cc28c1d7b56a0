import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

/** A figure of the program for `/metrics`, read when asked for. Names start with `throughline_`; labels never hold personal data. */
export interface Measure {
  name: string
  help: string
  /** Label names, when `read` answers with several values. */
  labels?: readonly string[]
  read(): Promise<number | readonly { labels: Record<string, string>; value: number }[]>
}

/** The process's figures in Prometheus' text format. */
export interface Metrics {
  contentType: string
  text(): Promise<string>
  observeRequest(route: string, method: string, status: number, seconds: number): void
}

/** Builds the registry: Node's own figures, request durations by route, and the parts' measures. */
export function createMetrics(measures: readonly Measure[]): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const requests = new Histogram({
    name: 'throughline_http_request_seconds',
    help: 'Duration of HTTP requests by route',
    labelNames: ['route', 'method', 'status'],
    buckets: [0.005, 0.02, 0.05, 0.1, 0.3, 1, 3, 10],
    registers: [registry],
  })
  for (const { name, help, labels = [], read } of measures) {
    new Gauge({
      name,
      help,
      labelNames: labels,
      registers: [registry],
      async collect() {
        const found = await read()
        this.reset()
        if (typeof found === 'number') this.set(found)
        else for (const { labels: values, value } of found) this.set(values, value)
      },
    })
  }
  return {
    contentType: registry.contentType,
    text: () => registry.metrics(),
    observeRequest: (route, method, status, seconds) => requests.observe({ route, method, status }, seconds),
  }
}
