/** The cells of a map, on one line each. */
import type { MapEntry } from '../../insight/map/entries.ts'
import { withoutControls } from '../../lib/without-controls.ts'

export const columns = [
  'host',
  'path',
  'methods',
  'who gets in',
  'by',
  'authorized by',
  'sets',
  'rule',
] as const

export function methodsText({ methods }: MapEntry): string {
  if (methods === null) return 'any'
  return methods.length === 0 ? 'none' : withoutControls(methods.join(', '))
}

const who: Readonly<Record<MapEntry['who'], string>> = {
  everybody: 'everybody',
  credential: 'with a credential',
  nobody: 'nobody',
}

export function whoText({ who: kind, conditions, isDefault }: MapEntry): string {
  const more = [...conditions, ...(isDefault ? ['where no other rule matches'] : [])]
  return withoutControls(more.length === 0 ? who[kind] : `${who[kind]}: ${more.join('; ')}`)
}

export function setsText({ sets: { headers, query, response } }: MapEntry): string {
  const all = [
    ...headers,
    ...query.map(name => `?${name}`),
    ...response.map(name => `${name} (answer)`),
  ]
  return withoutControls(all.join(', '))
}

const mostNamed = 3

export function conflictText({ conflicts }: MapEntry): string {
  if (conflicts.length === 0) return ''
  const more = conflicts.length > mostNamed ? ` and ${conflicts.length - mostNamed} more` : ''
  return withoutControls(` (overlaps ${conflicts.slice(0, mostNamed).join(', ')}${more})`)
}
