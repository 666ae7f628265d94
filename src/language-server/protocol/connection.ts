/** JSON-RPC over two streams: bounded frames, and answers to what is not a message. */
import type { Readable, Writable } from 'node:stream'
import {
  AbstractMessageReader,
  createMessageConnection,
  type DataCallback,
  type Disposable,
  type Message,
  type MessageConnection,
  type MessageReader,
  StreamMessageWriter,
} from 'vscode-jsonrpc/node'
import { isJsonObject, type JsonValue } from '../../lib/json.ts'
import { createFrames } from './frames.ts'

export interface Streams {
  readonly input: Readable
  readonly output: Writable
  /** For people, a line each. */
  readonly log: (line: string) => void
}

const parseError = -32700
const invalidRequest = -32600

export function createConnection({ input, output, log }: Streams): MessageConnection {
  const writer = new StreamMessageWriter(output)
  const refuse = (code: number, message: string): void => {
    log(`left out: ${message}`)
    void writer.write({ jsonrpc: '2.0', id: null, error: { code, message } } as Message)
  }
  const reader = new BoundedReader(input, refuse)
  return createMessageConnection(reader, writer, {
    error: log,
    warn: log,
    info: () => undefined,
    log: () => undefined,
  })
}

type Refuse = (code: number, message: string) => void

class BoundedReader extends AbstractMessageReader implements MessageReader {
  readonly #input: Readable
  readonly #refuse: Refuse

  constructor(input: Readable, refuse: Refuse) {
    super()
    this.#input = input
    this.#refuse = refuse
  }

  listen(callback: DataCallback): Disposable {
    const take = createFrames({
      onMessage: body => {
        const message = messageOf(body)
        if (typeof message === 'object') callback(message)
        else this.#refuse(message, reasons[message])
      },
      onProblem: reason => this.#refuse(parseError, `found ${reason}`),
    })
    this.#input.on('data', take)
    this.#input.on('close', () => this.fireClose())
    this.#input.on('error', error => this.fireError(error))
    return { dispose: () => void this.#input.off('data', take) }
  }
}

const reasons = {
  [parseError]: 'found a body that is not JSON',
  [invalidRequest]: 'found JSON that is not a message of JSON-RPC 2.0',
} as const

function messageOf(body: Buffer): Message | typeof parseError | typeof invalidRequest {
  try {
    const value = JSON.parse(body.toString('utf8')) as JsonValue
    return isJsonObject(value) && value['jsonrpc'] === '2.0' && isMessage(value)
      ? (value as unknown as Message)
      : invalidRequest
  } catch {
    return parseError
  }
}

/** The library ends the connection at some others. */
const isMessage = ({ id, method, params }: Readonly<Record<string, unknown>>): boolean =>
  (id === undefined || id === null || typeof id === 'string' || typeof id === 'number') &&
  (method === undefined ? id !== undefined : typeof method === 'string') &&
  (params === undefined || (typeof params === 'object' && params !== null))
