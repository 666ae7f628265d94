/** Logs how shadow decisions differ: a few lines per second, because every request may differ. */
import type { Config } from '../../config/config.ts'
import type { Verdict } from '../../engine/compare/verdict.ts'
import { textOf } from '../../lib/bytes.ts'
import type { Log } from '../../observability/log.ts'
import type { ShadowDifference } from '../../shadow/shadow.ts'
import { redactionOf } from '../observability/logs.ts'

const second = 1000
const mostPerSecond = 10

/** `log.decisions.mask` holds here, too. */
export function createDifferenceLog(
  config: Config,
  log: Log,
  now: () => number = Date.now,
): (difference: ShadowDifference) => void {
  const shown = describe(config)
  let began = 0
  let lines = 0
  let leftOut = 0
  return difference => {
    if (now() - began >= second) {
      began = now()
      lines = 0
    }
    if (lines === mostPerSecond) {
      leftOut += 1
      return
    }
    lines += 1
    const more = leftOut === 0 ? {} : { left_out: leftOut }
    log.info('A shadow decision differs', { ...shown(difference), ...more })
    leftOut = 0
  }
}

function describe(config: Config) {
  const redaction = redactionOf(config)
  const masked = new Set<string>(config.log.decisions.mask)
  const show = (field: 'host' | 'path', value: string): string =>
    masked.has(field) ? config.log.redaction_text : redaction.text(textOf(value))
  return ({ kind, request, before, after }: ShadowDifference) => ({
    kind,
    decision_id: request.id,
    http_method: textOf(request.method),
    http_host: show('host', request.host),
    http_path: show('path', request.path),
    ...sideOf('old', before),
    ...sideOf('new', after),
  })
}

const sideOf = (name: 'old' | 'new', verdict: Verdict) => ({
  [`${name}_rule`]: verdict.rule,
  ...(verdict.kind === 'decided'
    ? { [`${name}_status`]: verdict.status }
    : { [`${name}_undecided`]: verdict.reason }),
})
