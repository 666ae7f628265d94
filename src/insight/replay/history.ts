/** What was recorded of a decision, as far as the decision that is made again is the same until now. */
import type { Captured } from '../../capsule/format.ts'
import { idOf } from '../../capsule/identity.ts'
import { changesOf, type Show } from '../../capsule/session-changes.ts'
import { textOf } from '../../lib/bytes.ts'
import type { Session } from '../../model/session.ts'
import type { TracedHandler } from '../../model/trace.ts'
import { dependsOnMatch } from './depends-on-match.ts'
import type { LoggedCapsule } from './read-capsule.ts'
import { type Recorded, withHistory } from './recorded.ts'

export interface NamedHandler extends TracedHandler {
  readonly stage: string
  readonly handler: string
}

export interface History {
  /** What this handler gave, if it got the same. `skipped` is one of the outcomes. */
  readonly find: (step: NamedHandler, session: Session) => Recorded | undefined
  /** A handler gave what it gave before. */
  readonly use: (recorded: Recorded) => void
  /** A handler was run, and has changed the session. */
  readonly add: (step: NamedHandler, before: Session, after: Session) => void
}

export interface HistoryOptions {
  readonly logged: LoggedCapsule
  readonly isSameSet: boolean
  /** Patterns in configs of handlers mean the same. */
  readonly isSameStrategy: boolean
  /** Writes values as the log has written them. */
  readonly show: Show
}

export function createHistory(options: HistoryOptions): History {
  const { logged, isSameSet, isSameStrategy, show } = options
  const { steps, changes: earlier } = withHistory(isSameStrategy ? logged.capsule.steps : [])
  const used = new Set<Recorded>()
  const done: string[] = []
  const isSame = ({ before }: Recorded): boolean =>
    before === done.length && done.every((text, i) => text === earlier[i])
  const find: History['find'] = (step, session) => {
    const isAsked = isSameSet || !dependsOnMatch(step) || isSameMatch(logged, session)
    if (!isAsked) return undefined
    const id = idOf(step, step.stage, step.handler)
    const same = steps.filter(one => one.step.id === id && isSame(one))
    return same.find(one => !used.has(one)) ?? same[0]
  }
  const use: History['use'] = one => {
    used.add(one)
    if (one.step.changes !== undefined) done.push(JSON.stringify(one.step.changes))
  }
  return {
    find,
    use,
    add: (step, before, after) => {
      const changes = changesOf(before, after, show)
      const found = find(step, before)
      if (changes !== undefined && found && agrees(found.step.changes, changes)) use(found)
      else if (changes !== undefined) done.push(JSON.stringify(changes))
    },
  }
}

/** The same, where null stands for what was left out of the log. */
function agrees(logged: unknown, found: unknown): boolean {
  if (logged === null) return true
  if (typeof logged !== 'object' || typeof found !== 'object' || found === null) {
    return logged === found
  }
  const [one, other] = [logged, found].map(value => new Map(Object.entries(value)))
  one?.delete('partial')
  other?.delete('partial')
  return (
    one?.size === other?.size &&
    [...(one ?? [])].every(([name, value]) => other?.has(name) && agrees(value, other.get(name)))
  )
}

/** The same rule has captured the same texts. */
function isSameMatch({ rule, capsule }: LoggedCapsule, { matchContext }: Session): boolean {
  const { groups, named }: Captured = capsule.captures ?? { groups: [], named: {} }
  const { regexpCaptureGroups, namedCaptures } = matchContext
  return (
    textOf(matchContext.rule) === rule &&
    regexpCaptureGroups.length === groups.length &&
    regexpCaptureGroups.every((group, i) => textOf(group) === groups[i]) &&
    [...namedCaptures].every(([name, value]) => named[name] === textOf(value))
  )
}
