/**
 * grpc.health.v1: whether the server serves. Written here and not taken from a package, because probes must not depend on
 * anything that calls of other clients can fill or stop.
 */
import { authorization } from '../service-name.ts'
import type { UnaryCall } from '../wire/call.ts'
import { badMessage, type Refusal } from '../wire/refusals.ts'
import type {
  AnswerStream,
  MessageHandler,
  StreamMethod,
  UnaryMethod,
} from '../wire/services/service.ts'
import {
  healthListOf,
  healthOf,
  notServing,
  serviceOf,
  serviceUnknown,
  serving,
} from './health-messages.ts'

export interface Health {
  readonly unary: ReadonlyMap<string, UnaryMethod>
  readonly streams: ReadonlyMap<string, StreamMethod>
  readonly setServing: (isServing: boolean) => void
}

/** The services whose health can be asked; the empty name is the server. */
const names: readonly string[] = ['', authorization]

const answersOf = (status: number) => ({
  health: healthOf(status),
  list: healthListOf(names, status),
})
const asServing = answersOf(serving)
const asNotServing = answersOf(notServing)
const unknown = healthOf(serviceUnknown)

const notFound: Refusal = { code: 5, text: 'The service is unknown' }

/** A message holds a name. */
const messageBytes = 65_536
/** A client has one watch for each of its connections. */
const watches = { most: 1000, mostPerConnection: 10 }

/** NOT_SERVING at first. */
export function createHealth(): Health {
  let answer = asNotServing
  const watching = new Set<() => void>()
  const check = (call: UnaryCall): void => {
    const name = serviceOf(call.message)
    if (name === undefined) call.refuse(badMessage)
    else if (names.includes(name)) call.answer(answer.health)
    else call.refuse(notFound)
  }
  const list = (call: UnaryCall): void => call.answer(answer.list)
  const watch = (stream: AnswerStream): MessageHandler =>
    watchOf(stream, watching, () => answer.health)
  return {
    unary: new Map([
      ['/grpc.health.v1.Health/Check', { answer: check, messageBytes }],
      ['/grpc.health.v1.Health/List', { answer: list, messageBytes }],
    ]),
    streams: new Map([
      [
        '/grpc.health.v1.Health/Watch',
        {
          begin: watch,
          requestBytes: messageBytes,
          hasOneMessage: true,
          longest: Number.POSITIVE_INFINITY,
          ...watches,
        },
      ],
    ]),
    setServing: isServing => {
      answer = isServing ? asServing : asNotServing
      for (const tell of watching) tell()
    },
  }
}

/** Sends the health at first and when it has changed. A caller that reads slowly gets the last one. */
function watchOf(
  stream: AnswerStream,
  watching: Set<() => void>,
  current: () => Buffer,
): MessageHandler {
  let sent: Buffer | undefined
  const send = (): void => {
    const now = current()
    if (stream.isBlocked() || now === sent) return
    sent = now
    stream.send(now)
  }
  return {
    message: message => {
      const name = serviceOf(message)
      if (name === undefined) stream.end(badMessage)
      else if (names.includes(name)) {
        watching.add(send)
        send()
      } else stream.send(unknown)
    },
    end: () => undefined,
    drained: () => {
      if (watching.has(send)) send()
    },
    closed: () => void watching.delete(send),
  }
}
