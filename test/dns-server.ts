import { createSocket } from 'node:dgram'
import { once } from 'node:events'

/** A name server on loopback that knows what a test tells it. */
export interface DnsServer extends AsyncDisposable {
  /** `127.0.0.1:<port>` */
  address: string
  /** TXT and A records by name; another name does not exist. `silent`: it stops answering. */
  says(records: { txt?: Record<string, string[]>; a?: Record<string, string[]>; silent?: boolean }): void
}

const types = { a: 1, txt: 16 } as const

/** Starts one (RFC 1035 §4: one question, its answers uncompressed but for the name). */
export async function startDnsServer(): Promise<DnsServer> {
  const socket = createSocket('udp4')
  let known: Parameters<DnsServer['says']>[0] = {}
  socket.on('message', (query, from) => {
    if (known.silent) return
    let at = 12
    const labels: string[] = []
    for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
      labels.push(query.toString('latin1', at + 1, at + 1 + length))
      at += 1 + length
    }
    const end = at + 5
    const name = labels.join('.').toLowerCase()
    const type = query.readUInt16BE(at + 1)
    const data =
      type === types.txt
        ? (known.txt?.[name] ?? []).map(txtData)
        : type === types.a
          ? (known.a?.[name] ?? []).map((address) => Buffer.from(address.split('.').map(Number)))
          : []
    const exists = data.length > 0 || known.txt?.[name] !== undefined || known.a?.[name] !== undefined
    const head = Buffer.alloc(12)
    query.copy(head, 0, 0, 2)
    head.writeUInt16BE(exists ? 0x8580 : 0x8583, 2)
    head.writeUInt16BE(1, 4)
    head.writeUInt16BE(data.length, 6)
    const answers = data.map((one) => {
      const record = Buffer.alloc(12)
      record.writeUInt16BE(0xc00c, 0)
      record.writeUInt16BE(type, 2)
      record.writeUInt16BE(1, 4)
      record.writeUInt16BE(one.length, 10)
      return Buffer.concat([record, one])
    })
    socket.send(Buffer.concat([head, query.subarray(12, end), ...answers]), from.port, from.address)
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  return {
    address: `127.0.0.1:${socket.address().port}`,
    says(records) {
      known = records
    },
    async [Symbol.asyncDispose]() {
      socket.close()
      await once(socket, 'close')
    },
  }
}

/** A text as strings of at most 255 bytes. */
function txtData(text: string): Buffer {
  const parts: Buffer[] = []
  for (let from = 0; from < text.length; from += 255) {
    const part = Buffer.from(text.slice(from, from + 255))
    parts.push(Buffer.from([part.length]), part)
  }
  return Buffer.concat(parts)
}
