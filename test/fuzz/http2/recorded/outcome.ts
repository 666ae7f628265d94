/** What a client got: the answer of each stream, however its bytes were split into frames. */
import { createHpackDecoder } from '../../../../src/http2/hpack/decoder.ts'
import { flag, type } from '../../../faults/http2-frames.ts'
import { answerOf } from '../../../support/check.ts'
import type { Received } from '../../../support/http2-peer.ts'

export interface Outcome {
  /** The fields of each header block, without the date. */
  readonly blocks: (readonly string[])[]
  /** A byte string: all messages with their prefixes. Ids of decisions, which are random, are zeros. */
  data: string
  end: 'none' | 'END_STREAM' | `RST_STREAM ${number}`
}

export type Outcomes = Readonly<Record<number, Outcome>>

const ids = /[0-9a-f]{32}/g
const prefix = 5

/** The answers in the frames of a server, which writes header blocks without a table. */
export function outcomesOf(frames: readonly Received[]): Outcomes {
  const outcomes: Record<number, Outcome> = {}
  for (const frame of frames) {
    if (frame.stream !== 0 && frame.type !== type.windowUpdate) {
      outcomes[frame.stream] ??= { blocks: [], data: '', end: 'none' }
      take(outcomes[frame.stream] as Outcome, frame)
    } else if (frame.type === type.goaway) {
      throw new Error(`GOAWAY ${frame.payload.toString('hex')}`)
    }
  }
  for (const outcome of Object.values(outcomes)) {
    outcome.data = outcome.data.replace(ids, '0'.repeat(32))
  }
  return outcomes
}

function take(outcome: Outcome, { type: kind, flags, payload }: Received): void {
  if (kind === type.headers) outcome.blocks.push(fieldsOf(payload).map(textOf))
  if (kind === type.data) outcome.data += payload.toString('latin1')
  if (kind === type.reset) outcome.end = `RST_STREAM ${payload.readUInt32BE(0)}`
  else if ((flags & flag.endStream) !== 0) outcome.end = 'END_STREAM'
}

type Fields = readonly { readonly name: string; readonly value: string }[]

const textOf = ({ name, value }: Fields[number]): string => `${name}: ${value}`

const fieldsOf = (block: Buffer): Fields =>
  (createHpackDecoder(block.length * 100).decode(block, 0, block.length)?.fields ?? []).filter(
    ({ name }) => name !== 'date',
  )

/** How far a server has come: the number of its messages and of ended streams. */
export function progressOf(frames: readonly Received[]): number {
  const data = new Map<number, Buffer>()
  for (const { type: kind, stream, payload } of frames) {
    if (kind === type.data) data.set(stream, Buffer.concat([data.get(stream) ?? empty, payload]))
  }
  const messages = [...data.values()].flatMap(messagesIn)
  return messages.length + frames.filter(isLast).length
}

/** The last frame of its stream. */
const isLast = ({ type: kind, flags }: Received): boolean =>
  kind === type.reset ||
  ((kind === type.data || kind === type.headers) && (flags & flag.endStream) !== 0)

const empty = Buffer.alloc(0)

function messagesIn(data: Buffer): readonly Buffer[] {
  const messages: Buffer[] = []
  for (let at = 0; data.length - at >= prefix; ) {
    const end = at + prefix + data.readUInt32BE(at + 1)
    if (end > data.length) break
    messages.push(data.subarray(at + prefix, end))
    at = end
  }
  return messages
}

/** The paths that a client asked for, by the numbers of their streams. */
export function pathsOf(frames: readonly Received[]): Readonly<Record<number, string>> {
  const paths: Record<number, string> = {}
  const decoder = createHpackDecoder(65_536)
  for (const frame of frames) {
    if (frame.type !== type.headers) continue
    const block = blockOf(frame)
    const fields: Fields = decoder.decode(block, 0, block.length)?.fields ?? []
    paths[frame.stream] ??= fields.find(({ name }) => name === ':path')?.value ?? 'no path'
  }
  return paths
}

const padded = 8
const priority = 32

/** The block of a HEADERS frame that has all of it. */
function blockOf({ flags, payload }: Received): Buffer {
  if ((flags & flag.endHeaders) === 0) throw new Error('the header block has several frames')
  const pad = (flags & padded) === 0 ? 0 : 1
  const from = pad + ((flags & priority) === 0 ? 0 : 5)
  return payload.subarray(from, payload.length - (pad === 0 ? 0 : (payload[0] ?? 0)))
}

/** The answer in words, for people who read a recording. */
export function summaryOf(path: string, { blocks, data, end }: Outcome): string {
  const fields = blocks.flat()
  const value = (name: string): string =>
    fields.find(field => field.startsWith(`${name}: `))?.slice(name.length + 2) ?? 'none'
  const messages = messagesIn(Buffer.from(data, 'latin1'))
  const what = path.endsWith('/Check') && path.startsWith('/envoy') ? decisionIn(messages) : ''
  return [
    path,
    value(':status'),
    `grpc-status ${value('grpc-status')}`,
    what || `${messages.length} messages`,
    end,
  ].join(', ')
}

function decisionIn([message, ...more]: readonly Buffer[]): string {
  if (message === undefined || more.length > 0) return ''
  const { ok_response, denied_response } = answerOf(message)
  if (denied_response !== undefined) return 'denied'
  return ok_response === undefined ? '' : 'allowed'
}
