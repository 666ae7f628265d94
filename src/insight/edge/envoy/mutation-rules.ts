/** Which of Oarlock's changes to headers of the request Envoy makes. */
import { isJsonObject } from '../../../lib/json.ts'
import type { RefusedChanges } from '../caller.ts'
import { isSet, type Located, textIn } from '../document.ts'
import { matcherOf } from './matchers.ts'

/** undefined: it makes all of them. */
export function refusedChanges(config: Located): RefusedChanges | undefined {
  const rules = config.get('decoder_header_mutation_rules')
  if (!isSet(rules)) return undefined
  return {
    key: 'decoder_header_mutation_rules',
    at: rules.at,
    isDenied: isOn(rules.get('disallow_is_error')),
    test: refusalIn(rules),
  }
}

/** In Envoy's order: the first that says something about a name counts. */
function refusalIn(rules: Located): (name: string) => boolean {
  const [refused, allowed] = (['disallow_expression', 'allow_expression'] as const).map(key =>
    matcherOf(textIn(rules.get(key, 'regex'))),
  )
  const refusesAll = isOn(rules.get('disallow_all'))
  const protectsHost = !isOn(rules.get('allow_all_routing'))
  const protectsOwn = !isOn(rules.get('allow_envoy'))
  return name => {
    if (refused?.(name)) return true
    if (allowed?.(name)) return false
    return (
      refusesAll ||
      (protectsHost && name === 'host') ||
      (protectsOwn && name.startsWith('x-envoy-'))
    )
  }
}

/** Written `true`, or as the message `{ value: true }` that it is. */
const isOn = ({ value }: Located): boolean =>
  value === true || (isJsonObject(value) && value['value'] === true)
