/** Rules of the last columns: what an allow changes besides headers for the upstream. */
import type { Respond } from '../support/upstream.ts'

const enabled = { enabled: true }

/** The mutators that these rules use, besides `header`. */
export const moreMutators = {
  query: enabled,
  remove: enabled,
  response_cookie: enabled,
  response_header: enabled,
}

export const mutatorsOf = {
  answered: [
    { handler: 'response_header', config: { headers: { 'X-Frame-Options': 'DENY' } } },
    { handler: 'response_cookie', config: { cookies: { one: '1', two: '2' } } },
  ],
  removed: (name: string) => [
    { handler: 'remove', config: { headers: [name], cookies: ['debug'] } },
  ],
  queried: [{ handler: 'query', config: { set: { user: 'guest' }, remove: ['token'] } }],
}

export const ownCookies: readonly string[] = ['one=1', 'two=2'].map(
  pair => `${pair}; Path=/; Secure; HttpOnly; SameSite=Lax`,
)

/** The upstream's answer at `/answered` and `/public/answered`. */
export const theirs = 'theirs=0'

export const respond: Respond = (response, { target }) => {
  if (target.endsWith('/answered')) {
    response.setHeader('X-Frame-Options', 'ALLOWALL')
    response.setHeader('Set-Cookie', theirs)
  }
  response.end('upstream')
}

/** The answer that a client gets at `/answered`. */
export interface Answered {
  /** The rule's header: in place of the upstream's, or not at all. */
  readonly header: 'replaced' | 'missing'
  /** How many of the rule's two cookies arrive, beside the upstream's own. */
  readonly cookies: 0 | 1 | 2
}

export const everything: Answered = { header: 'replaced', cookies: 2 }
export const nothing: Answered = { header: 'missing', cookies: 0 }
