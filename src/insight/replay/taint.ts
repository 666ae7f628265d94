/** Sessions of which a part was left out of the capsule: reading that part is reported. */
import type { SessionChanges } from '../../capsule/format.ts'
import type { Session } from '../../model/session.ts'

export interface Taint {
  /** What was recorded, with null for what was left out. */
  readonly add: (changes: SessionChanges | undefined) => void
  readonly watch: (session: Session) => Session
  readonly unwatch: (session: Session) => Session
}

/** Handlers read these headers of the session, and write others from them. */
const rewritten = ['Cookie', 'Sec-Websocket-Protocol']

export interface TaintOptions {
  /** The request had a body, which is not kept. */
  readonly hasBody: boolean
  readonly onMissing: (what: string) => void
}

interface Part {
  /** It was changed. */
  readonly isKnown: boolean
  readonly isLeftOut: boolean
}

const names = {
  subject: 'the subject',
  extra: 'what extra contains',
  headers: 'a header that was set',
} as const

export function createTaint({ hasBody, onMissing }: TaintOptions): Taint {
  const parts = new Map<string | symbol, string>()
  const plain = new WeakMap<Session, Session>()
  const mark = (part: keyof typeof names, { isKnown, isLeftOut }: Part): void => {
    if (isLeftOut) parts.set(part, names[part])
    else if (isKnown) parts.delete(part)
  }
  return {
    add: ({ subject, extra, partial, headers } = {}) => {
      mark('subject', { isKnown: subject !== undefined, isLeftOut: subject === null })
      mark('extra', { isKnown: extra !== undefined, isLeftOut: partial === true })
      const isLeftOut = rewritten.some(name => headers?.[name] === null)
      mark('headers', { isKnown: false, isLeftOut })
    },
    watch: session => {
      if (parts.size === 0 && !hasBody) return session
      const { matchContext } = session
      const match = hasBody ? reporting(matchContext, bodyOnly, onMissing) : matchContext
      const watched = reporting({ ...session, matchContext: match }, parts, onMissing)
      plain.set(watched, session)
      return watched
    },
    unwatch: session => plain.get(session) ?? session,
  }
}

const bodyOnly: ReadonlyMap<string | symbol, string> = new Map([['body', 'the body']])

const reporting = <T extends object>(
  object: T,
  parts: ReadonlyMap<string | symbol, string>,
  onMissing: (what: string) => void,
): T =>
  new Proxy(object, {
    get: (target, key) => {
      const named = parts.get(key)
      if (named !== undefined) onMissing(named)
      return Reflect.get(target, key, target)
    },
  })
