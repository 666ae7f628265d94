/** Reports failed calls, without flooding the log when a service is down. */
import { textOf } from '../../lib/bytes.ts'
import { callerHungUp } from '../../lib/signal.ts'
import type { Failure } from '../../model/failure.ts'
import type { Http, HttpCall, HttpReply } from './call.ts'
import { placeOf, shownUrl } from './shown-url.ts'

/** A failed call; `suppressed`: number of equal ones that were not reported since the last report. */
export interface CallProblem {
  readonly method: string
  /** Without user, password and query. */
  readonly url: string
  readonly problem: string
  readonly suppressed: number
}

export interface WarnOptions {
  readonly warn: (problem: CallProblem) => void
  /** Milliseconds. */
  readonly now: () => number
}

/** Minimum time between two warnings with the same origin and cause, in milliseconds. */
const pause = 10_000
/** Maximum of stored origins and causes; the oldest is removed first. */
const mostRemembered = 256

interface Reported {
  readonly at: number
  suppressed: number
}

/** Wraps a client: reports calls without an answer, and answers with status 5xx. */
export function warnAboutFailures(http: Http, { warn, now }: WarnOptions): Http {
  const reported = new Map<string, Reported>()
  const report = (call: HttpCall, problem: string): void => {
    const url = shownUrl(call.url)
    const key = JSON.stringify([originOf(url), problem])
    const known = reported.get(key)
    if (known !== undefined && now() - known.at < pause) {
      known.suppressed += 1
      return
    }
    reported.delete(key)
    const [oldest] = reported.size < mostRemembered ? [] : reported.keys()
    if (oldest !== undefined) reported.delete(oldest)
    reported.set(key, { at: now(), suppressed: 0 })
    const suppressed = known?.suppressed ?? 0
    warn({ method: textOf(call.method), url, problem: textOf(problem), suppressed })
  }
  return {
    send: async call => {
      const outcome = await http.send(call)
      const problem = problemOf(outcome, call)
      if (problem !== undefined) report(call, problem)
      return outcome
    },
    close: () => http.close(),
  }
}

const originOf = (url: string): string => (URL.canParse(url) ? new URL(url).origin : '')

/** The cause, without the path, which a client may choose. undefined: the service did not fail. */
function problemOf(outcome: HttpReply | Failure, call: HttpCall): string | undefined {
  if (outcome.kind === 'http_reply') {
    return outcome.status >= 500 ? `answered with status ${outcome.status}` : undefined
  }
  if (isOver(call)) return undefined
  const { reason, message } = outcome.info
  return (reason ?? message).slice(placeOf(call).length)
}

/** True when the caller hung up, or the handler aborted the call: the service did not fail. */
const isOver = ({ signal }: HttpCall): boolean =>
  signal?.aborted === true && (signal.reason === undefined || signal.reason === callerHungUp)
