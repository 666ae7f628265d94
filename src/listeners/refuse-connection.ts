/** Connections that Node's server hands over instead of making a request: they get an answer and are closed. */
import { type IncomingMessage, ServerResponse } from 'node:http'
import type { Http2ServerResponse } from 'node:http2'
import { type Duplex, PassThrough } from 'node:stream'
import type { UpgradeListener } from '../doors/http/listener.ts'
import { closeAnsweredStream } from '../lib/close-answered-stream.ts'
import { closeSoon } from '../lib/close-soon.ts'
import { statusText } from '../lib/http-status.ts'

/** CONNECT opens no tunnel; the connection (with HTTP/2, the stream) is not used again. */
export function refuseTunnel(
  _incoming: IncomingMessage,
  socket: Duplex | Http2ServerResponse,
): void {
  if (!('writeHead' in socket)) {
    socket.on('error', () => socket.destroy())
    closeSoon(socket, plainAnswer(400))
    return
  }
  socket.once('finish', () => closeAnsweredStream(socket.stream))
  socket.writeHead(400).end()
}

const statusOfError: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
}

/** Requests that Node's parser rejects; the connection ends with the answer. */
export function refuseMalformed(error: NodeJS.ErrnoException, socket: Duplex): void {
  const isLost = error.code === 'ECONNRESET' || !socket.writable || mayBeAnswering(socket)
  if (isLost) socket.destroy()
  else closeSoon(socket, plainAnswer(statusOfError[error.code ?? ''] ?? 400))
}

/** Closes a connection that asks for an upgrade before the answers to its earlier requests are sent. */
export const afterAnswers =
  (listener: UpgradeListener): UpgradeListener =>
  (incoming, socket, head) => {
    if ((socket as Answering)._httpMessage instanceof ServerResponse) socket.destroy()
    else listener(incoming, socket, head)
  }

type Answering = Duplex & { readonly _httpMessage?: unknown }

/**
 * True while an answer may be being sent: a second one would be read as a part of it. Where Node does not say
 * which answer belongs to a connection, the connection ends without an answer.
 */
function mayBeAnswering(socket: Answering): boolean {
  if (!namesItsMessage) return true
  const { _httpMessage: response } = socket
  return response instanceof ServerResponse && response.headersSent
}

/** Whether Node keeps the answer that is under way at its connection: docs/decisions/0013-private-interfaces.md. */
const namesItsMessage = findsMessage()

function findsMessage(): boolean {
  const socket = new PassThrough()
  const response = new ServerResponse({ method: 'GET' } as IncomingMessage)
  response.assignSocket(socket as never)
  return '_httpMessage' in socket && socket._httpMessage === response
}

function plainAnswer(status: number): string {
  const text = `${status} ${statusText(status)}`
  return `HTTP/1.1 ${text}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ${text.length}\r\nConnection: close\r\n\r\n${text}`
}
