/** What the admin door needs to explain decisions of the rules in force. */
import type { ExplainRoute } from '../../doors/admin/explain-route.ts'
import { textOf } from '../../lib/bytes.ts'
import type { Log } from '../../observability/log.ts'
import { redactionOf } from '../observability/logs.ts'
import type { Snapshot } from '../rules/build-rules.ts'

/** The modules are loaded with the first question. */
export const explainRoute = (current: () => Snapshot, log: Log): ExplainRoute => ({
  token: () => {
    const { enabled, token } = current().config.serve.api.explain
    return enabled ? token : undefined
  },
  explain: async (question, peer) => {
    const { readQuestion } = await import('../../explain/question.ts')
    const { explain } = await import('../../explain/explain.ts')
    const { createDoors } = await import('../../explain/doors/doors.ts')
    const asked = readQuestion(question)
    if (typeof asked === 'string') return asked
    const { method, scheme, host, target } = asked.request
    const url = textOf(`${scheme}://${host}${target.replace(/\?.*$/s, '')}`)
    log.info('A decision is explained', { http_method: method, http_url: url, peer })
    const { config, rules } = current()
    return explain(asked, {
      rules,
      strategy: config.access_rules.matching_strategy,
      doors: createDoors(config),
      redaction: redactionOf(config),
    })
  },
  onRefused: peer => log.warn('An explanation is refused: the token is another one', { peer }),
})
