/** Random and mutated header blocks: our decoder, and Node's as the other implementation. */
import assert from 'node:assert/strict'
import { createServer, type Http2Server } from 'node:http2'
import { type Duplex, duplexPair } from 'node:stream'
import { createHpackDecoder } from '../../../src/http2/hpack/decoder.ts'
import { type Field, meaning } from '../../../src/http2/hpack/field.ts'
import { frame, type } from '../../faults/http2-frames.ts'
import { clientBlocks, type Pairs, randomFields } from '../../support/hpack-blocks.ts'
import { hello, parse, settle } from '../../support/http2-peer.ts'
import type { Random } from '../random.ts'
import { mutated } from './mutate.ts'

const listBytes = 65_536
const compressionError = 9

export async function fuzzHpack(random: Random): Promise<void> {
  const lists = Array.from({ length: 1 + random.int(30) }, () => randomFields(random))
  const blocks = await clientBlocks(lists)
  assertRoundTrip(lists, blocks)
  const changed = blocks.map(block =>
    random.chance(0.07) ? (random.chance(0.9) ? mutated(random, block, 0) : noise(random)) : block,
  )
  const ours = decodeAll(changed)
  const theirs = await nodeDecodes(changed.slice(0, ours.length))
  compare(ours, theirs)
}

const noise = (random: Random): Buffer =>
  Buffer.from(Array.from({ length: random.int(50) }, () => random.int(256)))

function assertRoundTrip(lists: readonly Pairs[], blocks: readonly Buffer[]): void {
  const found = decodeAll(blocks).map(list => list?.all.filter(field => !field.startsWith(':')))
  assert.deepEqual(
    found,
    lists.map(list => list.map(textOf)),
  )
}

/** Fields as `name: value`. */
interface List {
  readonly all: readonly string[]
  readonly valid: readonly string[]
}

const textOf = ([name, value]: readonly [string, string]): string => `${name}: ${value}`

/** Up to and including the first block that is not valid: `undefined`. */
function decodeAll(blocks: readonly Buffer[]): readonly (List | undefined)[] {
  const decoder = createHpackDecoder(listBytes)
  const lists: (List | undefined)[] = []
  for (const block of blocks) {
    const list = decoder.decode(block, 0, block.length)
    lists.push(list && listOf(list.fields))
    if (list === undefined) break
  }
  return lists
}

const listOf = (fields: readonly Field[]): List => ({
  all: fields.map(({ name, value }) => textOf([name, value])),
  valid: fields
    .filter(field => field.meaning !== meaning.malformed)
    .map(({ name, value }) => textOf([name, value])),
})

interface NodeResult {
  /** The connection ended because a block is not valid. */
  readonly isRefused: boolean
  /** The lists of valid requests. */
  readonly lists: ReadonlyMap<number, readonly string[]>
}

let server: Http2Server | undefined

async function nodeDecodes(blocks: readonly Buffer[]): Promise<NodeResult> {
  server ??= createServer({ maxHeaderListPairs: 10_000 })
  const lists = new Map<number, readonly string[]>()
  const onStream = (stream: { id?: number }, ...rest: unknown[]): void => {
    const flat = rest[2] as readonly string[]
    const pairs = flat.flatMap((name, i) =>
      i % 2 === 0 ? [textOf([name, flat[i + 1] ?? ''])] : [],
    )
    lists.set(((stream.id ?? 1) - 1) / 2, pairs)
  }
  server.on('stream', onStream)
  const [ours, theirs] = duplexPair() as [Duplex, Duplex]
  const chunks: Buffer[] = []
  ours.on('data', (chunk: Buffer) => chunks.push(chunk))
  for (const socket of [ours, theirs]) socket.on('error', () => undefined)
  server.once('session', session => session.on('error', () => undefined))
  server.emit('connection', theirs)
  const frames = blocks.map((payload, i) =>
    frame({ type: type.headers, flags: 5, stream: 2 * i + 1, payload }),
  )
  ours.write(Buffer.concat([hello, ...frames]))
  await settle()
  server.off('stream', onStream)
  for (const socket of [ours, theirs]) socket.destroy()
  const goaway = parse(Buffer.concat(chunks)).find(found => found.type === type.goaway)
  return { isRefused: goaway?.payload.readUInt32BE(4) === compressionError, lists }
}

/**
 * Ours refuses more: long integers and a third update of the table's size. What it accepts, Node's accepts too, except
 * that Node leaves out fields that are not valid.
 */
function compare(ours: readonly (List | undefined)[], theirs: NodeResult): void {
  if (ours.at(-1) !== undefined) assert.equal(theirs.isRefused, false, 'only Node refuses')
  for (const [i, found] of theirs.lists) {
    const list = ours[i]
    if (list !== undefined) assert.deepEqual([...list.valid].sort(), [...found].sort())
  }
}
