/** Settings of a listener and of its filter that are dangerous by themselves. */
import type { Fault } from '../caller.ts'
import { isSet, type Located, textIn } from '../document.ts'

export const failOpen = (config: Located): readonly Fault[] => {
  const key = config.get('failure_mode_allow')
  return key.value === true
    ? [
        {
          at: key.at,
          message: 'failure_mode_allow: true lets requests pass where Oarlock does not answer',
        },
      ]
    : []
}

export const unnormalized = (manager: Located): readonly Fault[] =>
  [
    ['normalize_path', 'dot segments reach Oarlock and the upstream as the client wrote them'],
    ['merge_slashes', 'doubled slashes reach the upstream, which may read another path'],
  ].flatMap(([key = '', what = '']) => {
    const found = manager.get(key)
    return found.value === true ? [] : [{ at: found.at, message: `${key} is not true: ${what}` }]
  })

const settled = new Set([
  'REJECT_REQUEST',
  'UNESCAPE_AND_REDIRECT',
  'UNESCAPE_AND_FORWARD',
  2,
  3,
  4,
])

export function keepsSlashes(manager: Located) {
  const action = manager.get('path_with_escaped_slashes_action')
  return settled.has(action.value as string | number) ? undefined : action.at
}

/** Of the filter, for all its requests. */
export function disabled(config: Located, http: Located | undefined): readonly Fault[] {
  const fraction = config.get('filter_enabled', 'default_value')
  const isPartly = isSet(fraction) && shareOf(fraction) < 1
  const denies = config.get('deny_at_disable', 'default_value').value === true
  const prefix = http === undefined ? '/decisions' : textIn(http.get('path_prefix'))
  return [
    ...(isPartly && !denies
      ? [{ at: fraction.at, message: 'filter_enabled: a part of the requests is not checked' }]
      : []),
    ...(/^\/decisions\/?$/.test(prefix)
      ? []
      : [
          {
            at: http?.get('path_prefix').at ?? config.at,
            message: `path_prefix: found ${JSON.stringify(prefix)}, expected "/decisions": other paths of the port answer 200, which is an allow`,
          },
        ]),
  ]
}

const denominators: Readonly<Record<string, number>> = {
  HUNDRED: 100,
  TEN_THOUSAND: 10_000,
  MILLION: 1_000_000,
}

const shareOf = (fraction: Located): number =>
  Number(fraction.get('numerator').value ?? 0) /
  (denominators[textIn(fraction.get('denominator')) || 'HUNDRED'] ?? 100)

export function retries(service: Located): readonly Fault[] {
  const policy = service.get('retry_policy')
  if (!isSet(policy)) return []
  const interval = policy.get('retry_back_off', 'base_interval')
  const on = textIn(policy.get('retry_on'))
  return [
    ...(isSet(interval)
      ? []
      : [
          {
            at: policy.at,
            message:
              'retry_policy has no retry_back_off: the first retry waits about a second, longer than most checks may take',
          },
        ]),
    ...(/retriable-4xx|retriable-status-codes/.test(on)
      ? [{ at: policy.get('retry_on').at, message: `retry_on: ${on}: denials are asked again` }]
      : []),
  ]
}

/** Names with an underscore reach upstreams from routes without a check. */
export const passesUnderscores = (manager: Located): boolean => {
  const { value } = manager.get('common_http_protocol_options', 'headers_with_underscores_action')
  return !underscoreActions.has(value as string | number)
}

const underscoreActions = new Set<string | number>(['REJECT_REQUEST', 'DROP_HEADER', 1, 2])
