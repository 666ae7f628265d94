import { IncomingMessage, type ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import type { Lifetime } from '../../doors/request/access-request.ts'
import { headerPairs } from '../../lib/header-pairs.ts'
import type { DoorAnswer } from './contract.ts'

/** A request as Node's parser gives it. */
export interface Sent {
  readonly method: string
  readonly target: string
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: Buffer | undefined
  /** The address of the peer; without it the peer is a unix socket. */
  readonly address?: string | undefined
}

/** An incoming message that came over no connection. */
export function incomingOf({ method, target, headers, body, address }: Sent): IncomingMessage {
  const incoming = new IncomingMessage(socketFrom(address))
  incoming.method = method
  incoming.url = target
  incoming.rawHeaders = headers.flat()
  if (body !== undefined) incoming.push(body)
  incoming.push(null)
  return incoming
}

function socketFrom(address: string | undefined): Socket {
  const socket = new Socket()
  if (address !== undefined) Object.defineProperty(socket, 'remoteAddress', { value: address })
  return socket
}

/** A connection that nobody closes, and a decision with the time that the configuration gives it. */
export const lifetimeOf = (timeout: number): Lifetime => ({
  deadline: performance.now() + timeout,
  onHangUp: () => undefined,
})

export interface WrittenAnswer {
  readonly response: ServerResponse
  /** Call it when the response has ended. */
  readonly read: () => Pick<DoorAnswer, 'status' | 'headers' | 'body'>
}

/** The part of a response that doors use; what they write can be read. */
export function writtenAnswer(): WrittenAnswer {
  let status = 0
  let flat: readonly string[] = []
  let body = ''
  const response = {
    once: () => response,
    writeHead: (code: number, headers: readonly string[]) => {
      status = code
      flat = headers
    },
    end: (text = '') => {
      body = text
    },
  }
  return {
    response: response as unknown as ServerResponse,
    read: () => ({ status, headers: headerPairs(flat), body }),
  }
}
