/** A jwt authenticator with inline keys and a clock that the test moves. */
import { type JwtConfig, jwt } from '../../src/handlers/authenticators/jwt.ts'
import type { NotResponsible } from '../../src/handlers/kind.ts'
import type { Failure } from '../../src/model/failure.ts'
import type { Session } from '../../src/model/session.ts'
import { createKeySets, type KeySets, type KeySetsOptions } from '../../src/outbound/key-sets.ts'
import type { Cleanup } from './cleanup.ts'
import { testDeps } from './deps.ts'
import { requestTo, sessionOf } from './request.ts'

export type Outcome = Session | NotResponsible | Failure

/** `now` in milliseconds; starts in 2023. */
export interface Clock {
  now: number
}

export const startOfTest = 1_700_000_000

export function createClock(): Clock {
  return { now: startOfTest * 1000 }
}

export function createTestKeySets(
  t: Cleanup,
  clock: Clock,
  options: Partial<KeySetsOptions> = {},
): KeySets {
  const keySets = createKeySets({
    http: testDeps.http,
    now: () => clock.now,
    ttl: 30_000,
    maxWait: 1000,
    ...options,
  })
  t.after(() => keySets.close())
  return keySets
}

/** The authenticator's result for a token in `Authorization`, unchanged: a value or a promise. */
export type Ask = (token: string) => Outcome | PromiseLike<Outcome>

export function createAsk(config: JwtConfig, keySets: KeySets, clock: Clock): Ask {
  const run = jwt.create(config, { ...testDeps, keySets, now: () => clock.now })
  return token => {
    const request = requestTo('http://h/', { headers: [['authorization', `Bearer ${token}`]] })
    return run(sessionOf(request), request)
  }
}

/** In one line: the subject of a session, the reason of a failure, or `not_responsible`. */
export function shown(outcome: Outcome): string {
  if (outcome.kind === 'session') return `session of ${outcome.subject}`
  if (outcome.kind === 'not_responsible') return outcome.kind
  return `${outcome.code}: ${outcome.info.reason}`
}
