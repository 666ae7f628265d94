/** Tells of calls that failed, without flooding the log when a service is down. */
import { textOf } from '../../lib/bytes.ts'
import type { Failure } from '../../model/failure.ts'
import type { Http, HttpCall, HttpReply } from './call.ts'
import { placeOf, shownUrl } from './shown-url.ts'

/** One failed call, and how many like it were not told since the last one that was. */
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

/** Between two warnings of one cause at one origin, in milliseconds. */
const pause = 10_000
/** Origins and causes that are remembered; the one that was told first goes. */
const mostRemembered = 256

interface Told {
  readonly at: number
  suppressed: number
}

/** The same client; a call without an answer, or with one that says that the service failed, is told. */
export function warned(http: Http, { warn, now }: WarnOptions): Http {
  const told = new Map<string, Told>()
  const tell = (call: HttpCall, problem: string): void => {
    const url = shownUrl(call.url)
    const key = JSON.stringify([originOf(url), problem])
    const known = told.get(key)
    if (known !== undefined && now() - known.at < pause) {
      known.suppressed += 1
      return
    }
    told.delete(key)
    const [oldest] = told.size < mostRemembered ? [] : told.keys()
    if (oldest !== undefined) told.delete(oldest)
    told.set(key, { at: now(), suppressed: 0 })
    const suppressed = known?.suppressed ?? 0
    warn({ method: textOf(call.method), url, problem: textOf(problem), suppressed })
  }
  return {
    send: async call => {
      const outcome = await http.send(call)
      const problem = problemOf(outcome, call)
      if (problem !== undefined) tell(call, problem)
      return outcome
    },
    close: () => http.close(),
  }
}

const originOf = (url: string): string => (URL.canParse(url) ? new URL(url).origin : '')

/** Without the path, which a client may choose. undefined: the service did its part. */
function problemOf(outcome: HttpReply | Failure, call: HttpCall): string | undefined {
  if (outcome.kind === 'http_reply') {
    return outcome.status >= 500 ? `answered with status ${outcome.status}` : undefined
  }
  if (isOver(call)) return undefined
  const { reason, message } = outcome.info
  return (reason ?? message).slice(placeOf(call).length)
}

/** The caller hung up, or whoever made the call ended it: the service has no part in it. */
const isOver = ({ signal }: HttpCall): boolean =>
  signal?.aborted === true && (signal.reason === undefined || signal.reason === 'caller gone')
