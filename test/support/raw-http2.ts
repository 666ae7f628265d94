/**
 * An HTTP/2 client with full control over header fields: node:http2 carries the stream, with header blocks that it
 * would reject or normalise.
 */
import { type ClientHttp2Stream, connect } from 'node:http2'
import type { Socket } from 'node:net'
import { encrypted } from './encrypted.ts'
import { encodeFields, exchanging, type Fields } from './header-blocks.ts'
import { type Answer, toAnswer } from './raw-http.ts'

export type { Fields } from './header-blocks.ts'

export interface Http2Ask {
  readonly fields: Fields
  readonly body?: Buffer
  readonly trailers?: Fields
  /** The SNI name of the handshake. */
  readonly servername?: string
  /** Sent after an answer of 200, and awaited; the stream stays open until then. */
  readonly echo?: string
}

/** `refused`: the stream was reset, or the connection closed, instead of an answer. */
export type Http2Answer = Answer | 'refused'

const longestWait = 8000

/** The answer on a connection of its own. Rejects when there is none, or when the server does not support HTTP/2. */
export const askHttp2 = async (port: number, ask: Http2Ask): Promise<Http2Answer> =>
  askHttp2On(await encrypted(port, { alpn: 'h2', servername: ask.servername }), ask)

/** The same on an existing connection, which is used for this request only: over TLS, or with prior knowledge. */
export async function askHttp2On(socket: Socket, ask: Http2Ask): Promise<Http2Answer> {
  const blocks = [ask.fields, ask.trailers ?? []].map(encodeFields)
  const session = connect('https://localhost', {
    createConnection: () => exchanging(socket, blocks),
  })
  const refused = new Promise<'refused'>(resolve => {
    for (const event of ['error', 'close', 'goaway']) session.on(event, () => resolve('refused'))
  })
  const timer = setTimeout(() => socket.destroy(new Error('no answer')), longestWait)
  try {
    const stream = session.request(
      { ':method': 'POST' },
      { endStream: !hasMore(ask), waitForTrailers: ask.trailers !== undefined },
    )
    stream.on('wantTrailers', () => stream.sendTrailers({ 'x-placeholder': '' }))
    if (hasMore(ask) && ask.echo === undefined) stream.end(ask.body ?? Buffer.alloc(0))
    return await Promise.race([refused, answerOn(stream, ask.echo)])
  } finally {
    clearTimeout(timer)
    session.destroy()
    socket.destroy()
  }
}

const hasMore = ({ body, trailers, echo }: Http2Ask): boolean =>
  body !== undefined || trailers !== undefined || echo !== undefined

const answerOn = (stream: ClientHttp2Stream, echo: string | undefined): Promise<Http2Answer> =>
  new Promise(resolve => {
    const parts: Buffer[] = []
    let head: Pick<Answer, 'status' | 'headers'> | undefined
    const finish = (): void => {
      const body = Buffer.concat(parts)
      resolve(head === undefined ? 'refused' : toAnswer({ kind: 'answer', ...head, body }))
    }
    stream.on('response', (found, ...more: unknown[]) => {
      head = { status: Number(found[':status']), headers: pairsOf(more[1] as string[]) }
      if (echo !== undefined && head.status === 200) stream.write(echo)
      else stream.end()
    })
    stream.on('data', (part: Buffer) => {
      parts.push(part)
      if (Buffer.concat(parts).toString('latin1') === echo) finish()
    })
    for (const event of ['error', 'end', 'close']) stream.on(event, finish)
  })

const pairsOf = (raw: readonly string[]): readonly (readonly [string, string])[] =>
  raw.flatMap((name, i) => (i % 2 === 0 ? [[name, raw[i + 1] ?? ''] as const] : []))
