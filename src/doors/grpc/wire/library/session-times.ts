import type { ServerHttp2Session } from 'node:http2'
import { spread } from '../../../../lib/spread.ts'
import type { TransportOptions } from '../transport.ts'

export interface SessionTimes {
  readonly follow: (session: ServerHttp2Session) => void
  /** Call it regularly; `now` is of `performance.now`. */
  readonly check: (now: number) => void
}

interface Times {
  readonly began: number
  readonly age: number
  streams: number
  usedAt: number
  bytes: number
  receivedAt: number
  pingedAt: number | undefined
  leftAt: number | undefined
}

/** Ends sessions that are idle, old, or do not answer a ping. */
export function createSessionTimes(options: TransportOptions): SessionTimes {
  const sessions = new Map<ServerHttp2Session, Times>()
  return {
    follow: session => {
      const now = performance.now()
      const age = spread(options.maxAge)
      const times: Times = {
        began: now,
        age,
        streams: 0,
        usedAt: now,
        bytes: 0,
        receivedAt: now,
        pingedAt: undefined,
        leftAt: undefined,
      }
      sessions.set(session, times)
      session.once('close', () => sessions.delete(session))
      session.on('stream', stream => {
        times.streams += 1
        times.usedAt = performance.now()
        stream.once('close', () => {
          times.streams -= 1
          times.usedAt = performance.now()
        })
      })
    },
    check: now => {
      for (const [session, times] of sessions) {
        checkAlive(session, times, { now, options })
        checkLeaving(session, times, { now, options })
      }
    },
  }
}

interface Moment {
  readonly now: number
  readonly options: TransportOptions
}

function checkAlive(session: ServerHttp2Session, times: Times, { now, options }: Moment): void {
  const { bytesRead = 0 } = session.socket ?? {}
  if (bytesRead !== times.bytes) {
    times.bytes = bytesRead
    times.receivedAt = now
  }
  if (times.pingedAt !== undefined) {
    if (now - times.pingedAt > options.keepaliveTimeout) session.destroy()
  } else if (now - times.receivedAt > options.keepaliveTime && !session.destroyed) {
    times.pingedAt = now
    session.ping(() => {
      times.pingedAt = undefined
      times.receivedAt = performance.now()
    })
  }
}

function checkLeaving(session: ServerHttp2Session, times: Times, { now, options }: Moment): void {
  const isIdle = times.streams === 0 && now - times.usedAt > options.idleTimeout
  if (times.leftAt === undefined && (isIdle || now - times.began > times.age)) {
    times.leftAt = now
    session.close()
  }
  if (times.leftAt !== undefined && now - times.leftAt > options.ageGrace) session.destroy()
}
