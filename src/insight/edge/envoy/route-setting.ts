/** What a route, and what is around it, says about the filter. */
import { isSet, type Located, textIn } from '../document.ts'

export interface RouteSetting {
  readonly isOff: boolean
  readonly hasBodies: boolean
}

/** `around`: the most specific one first, which alone counts. undefined: none says anything. */
export function settingOf(around: readonly Located[], name = ''): RouteSetting | undefined {
  const own = around.map(one => one.get('typed_per_filter_config', name)).find(isSet)
  if (own === undefined) return undefined
  const wrapped = textIn(own.get('@type')).endsWith('.FilterConfig') ? own.get('config') : own
  return {
    isOff: [own, wrapped].some(one => one.get('disabled').value === true),
    hasBodies: wrapped.get('check_settings', 'disable_request_body_buffering').value !== true,
  }
}
