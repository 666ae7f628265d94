/** A relay between clients and the port that keeps what both sides write, in its order. */
import { connect, createServer, type Socket } from 'node:net'
import { preface } from '../../../faults/http2-frames.ts'
import type { Cleanup } from '../../../support/cleanup.ts'
import { parse } from '../../../support/http2-peer.ts'
import { listen } from '../../../support/listen.ts'
import { loopback } from '../../../support/ports.ts'
import { until } from '../../../support/until.ts'
import type { Session } from './format.ts'
import { outcomesOf, pathsOf, progressOf, summaryOf } from './outcome.ts'
import type { Port } from './port.ts'

export interface Relay {
  readonly port: number
  /** The sessions of all connections, when they are closed. Connections that asked nothing are left out. */
  readonly sessions: () => Promise<readonly Session[]>
}

interface Connection {
  readonly parts: { readonly after: number; readonly chunks: Buffer[] }[]
  readonly answered: Buffer[]
  isClosed: boolean
}

export async function startRelay(t: Cleanup, served: Port): Promise<Relay> {
  const target = await listen(
    t,
    createServer({ noDelay: true }, socket => served.serve(socket)),
  )
  const connections: Connection[] = []
  const server = createServer({ noDelay: true }, client => {
    const connection: Connection = { parts: [], answered: [], isClosed: false }
    connections.push(connection)
    relay(client, connect({ port: target, host: loopback, noDelay: true }), connection)
  })
  const port = await listen(t, server)
  return {
    port,
    sessions: async () => {
      await until(() => connections.every(({ isClosed }) => isClosed), 'all connections are closed')
      return connections.map(sessionOf).filter(({ streams }) => Object.keys(streams).length > 0)
    },
  }
}

function relay(client: Socket, server: Socket, connection: Connection): void {
  const close = (): void => {
    connection.isClosed = true
    client.destroy()
    server.destroy()
  }
  client.on('data', (chunk: Buffer) => {
    addTo(connection, chunk)
    server.write(chunk)
  })
  server.on('data', (chunk: Buffer) => {
    connection.answered.push(chunk)
    client.write(chunk)
  })
  for (const socket of [client, server]) {
    socket.on('error', close)
    socket.on('close', close)
  }
}

/** Chunks between which the server has come no further are one part. */
function addTo({ parts, answered }: Connection, chunk: Buffer): void {
  const after = progressOf(parse(Buffer.concat(answered)))
  const last = parts.at(-1)
  if (last?.after === after) last.chunks.push(chunk)
  else parts.push({ after, chunks: [chunk] })
}

function sessionOf({ parts, answered }: Connection): Session {
  const sent = parts.map(({ after, chunks }) => ({ after, bytes: Buffer.concat(chunks) }))
  const written = Buffer.concat(sent.map(({ bytes }) => bytes)).subarray(preface.length)
  const paths = pathsOf(parse(written))
  const frames = parse(Buffer.concat(answered))
  const streams = Object.entries(outcomesOf(frames)).map(([stream, outcome]) => [
    stream,
    summaryOf(paths[Number(stream)] ?? 'no path', outcome),
  ])
  return { streams: Object.fromEntries(streams), progress: progressOf(frames), parts: sent }
}
