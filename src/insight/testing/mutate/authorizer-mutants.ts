/** An allow in the place of each authorizer, and each condition taken away. */
import type { AuthorizerEntry, RuleDefinition } from '../../../rules/definition.ts'
import type { Path } from '../../lint/linted.ts'
import type { Change } from './mutation.ts'

export function authorizerChanges(rule: RuleDefinition): readonly Change[] {
  const { authorizer, authorizers } = rule
  if (authorizers === undefined) {
    return changesOf(authorizer, ['authorizer']).map(({ entry, ...change }) => ({
      ...change,
      definition: 'of' in entry ? rule : { ...rule, authorizer: entry },
    }))
  }
  return authorizers.flatMap((one, i) =>
    changesOf(one, ['authorizers', i]).map(({ entry, ...change }) => ({
      ...change,
      definition: { ...rule, authorizers: authorizers.with(i, entry) },
    })),
  )
}

interface ChangedEntry {
  readonly change: string
  readonly path: Path
  readonly entry: AuthorizerEntry
}

function changesOf(entry: AuthorizerEntry, path: Path): readonly ChangedEntry[] {
  const own = 'of' in entry ? [] : replaced(entry, path)
  return [...own, ...withoutWhen(entry, path), ...changesWithin(entry, path)]
}

/** With its condition: what is skipped stays skipped. */
function replaced(
  entry: Exclude<AuthorizerEntry, { of: unknown }>,
  path: Path,
): readonly ChangedEntry[] {
  const { handler, when } = entry
  if (handler === 'allow') return []
  const allow = { handler: 'allow', config: {}, ...(when !== undefined && { when }) }
  return [{ change: `authorizer ${handler}: allow in its place`, path, entry: allow }]
}

function withoutWhen(entry: AuthorizerEntry, path: Path): readonly ChangedEntry[] {
  const { when, ...rest } = entry
  const name = 'of' in entry ? entry.of : entry.handler
  return when === undefined
    ? []
    : [
        {
          change: `authorizer ${name}: without when`,
          path: [...path, 'when'],
          entry: rest as AuthorizerEntry,
        },
      ]
}

function changesWithin(entry: AuthorizerEntry, path: Path): readonly ChangedEntry[] {
  if (!('of' in entry)) return []
  const { entries, of } = entry
  return entries.flatMap((one, i) =>
    changesOf(one, [...path, of, i]).map(change => ({
      ...change,
      entry: { ...entry, entries: entries.with(i, change.entry) },
    })),
  )
}
