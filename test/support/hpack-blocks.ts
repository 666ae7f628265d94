/** Header blocks that the client of node:http2 writes, with its table, its indexes and its Huffman texts. */
import assert from 'node:assert/strict'
import { type ClientHttp2Session, connect } from 'node:http2'
import { Duplex } from 'node:stream'
import type { Random } from '../fuzz/random.ts'
import { settle } from './http2-peer.ts'

export type Pairs = readonly (readonly [name: string, value: string])[]

/** One block for each list; pseudo-headers are in front of it. */
export async function clientBlocks(lists: readonly Pairs[]): Promise<readonly Buffer[]> {
  const { bytes, session, socket } = await recordClient(client => {
    for (const list of lists) requestWith(client, list)
  })
  session.destroy()
  socket.destroy()
  const blocks = blocksOf(bytes())
  assert.equal(blocks.length, lists.length)
  return blocks
}

export interface Recorded {
  readonly bytes: () => Buffer
  readonly session: ClientHttp2Session
  readonly socket: Duplex
}

/** What a client writes, to a server that never answers. */
export async function recordClient(run: (client: ClientHttp2Session) => void): Promise<Recorded> {
  const chunks: Buffer[] = []
  const socket = new Duplex({
    read: () => undefined,
    write: (chunk: Buffer, _, done) => {
      chunks.push(Buffer.from(chunk))
      done()
    },
  })
  const session = connect('http://localhost', { createConnection: () => socket })
  session.on('error', () => undefined)
  run(session)
  await settle()
  return { bytes: () => Buffer.concat(chunks), session, socket }
}

function requestWith(client: ClientHttp2Session, list: Pairs): void {
  const headers: Record<string, string[]> = {}
  for (const [name, value] of list) headers[name] = [...(headers[name] ?? []), value]
  const stream = client.request(headers, { endStream: true })
  stream.on('error', () => undefined)
}

const preface = 24
const headersType = 1
const continuationType = 9
const hasPriority = 32
const priorityBytes = 5

function blocksOf(bytes: Buffer): readonly Buffer[] {
  const blocks: Buffer[] = []
  for (let at = preface; at < bytes.length; ) {
    const end = at + 9 + bytes.readUIntBE(at, 3)
    const skipped = ((bytes[at + 4] ?? 0) & hasPriority) === 0 ? 0 : priorityBytes
    if (bytes[at + 3] === headersType) blocks.push(bytes.subarray(at + 9 + skipped, end))
    if (bytes[at + 3] === continuationType) {
      blocks.push(Buffer.concat([blocks.pop() ?? Buffer.alloc(0), bytes.subarray(at + 9, end)]))
    }
    at = end
  }
  return blocks
}

const names = [
  'x-a',
  'x-request-id',
  'user-agent',
  'accept',
  'cookie-like',
  'x-long-name-of-a-field',
]
const letters =
  'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~!#$%&/()=?+*@{}[]<>|^`\\"\';:,'

/** Names of their own, in the order in which they are sent; some values come again. */
export function randomFields(random: Random): Pairs {
  const count = random.int(8)
  const used = new Set<string>()
  for (let i = 0; i < count; i += 1) {
    used.add(random.chance(0.7) ? random.pick(names) : `x-${random.int(1000)}`)
  }
  return [...used].map(name => [name, randomValue(random)] as const)
}

function randomValue(random: Random): string {
  if (random.chance(0.4)) return random.pick(['a', 'application/grpc', '1.2.3', 'x'.repeat(200)])
  const length = random.chance(0.1) ? random.int(3000) : random.int(60)
  return Array.from({ length }, () => letters[random.int(letters.length)]).join('')
}
